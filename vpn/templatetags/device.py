"""What a page needs to know of the device that it is shown on."""

from dataclasses import dataclass
from typing import Any

from django import template

from vpn.egress.user_agent import MOBILE, operating_system

register = template.Library()


@dataclass(frozen=True)
class Device:
    """``system``: its operating system's name, empty if it is none that we know."""

    system: str

    @property
    def can_connect(self) -> bool:
        """Whether there is an AWS VPN Client for it; an unknown one may be a computer behind a strange browser."""
        return self.system not in MOBILE

    @property
    def may_be_ipad(self) -> bool:
        """Safari on an iPad calls itself one on a Mac (iPadOS 13 and later)."""
        return self.system == "macOS"

    @property
    def name(self) -> str:
        """For the sentence that the VPN doesn't work here."""
        return "iPadOS" if self.may_be_ipad else self.system


@register.simple_tag(takes_context=True)
def detect_device(context: template.Context) -> Device:
    request: Any = context.get("request")
    return Device(operating_system(request.headers.get("User-Agent", "")) if request else "")
