"""The device trust providers of an endpoint, one a line: type, tenant and the URL of the signing key."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext

from vpn.authorization_policy.cedar_check import PROVIDERS
from vpn.operations.base.fields import LinesField

# Admin guide, "Configuring a trust provider": its key is known to AWS.
WITHOUT_KEY_URL: Final = "jamf"


def trust_provider_line(text: str) -> str:
    """EC2 API reference, DevicePostureOptions; admin guide, "Configuring a trust provider"."""
    kind, *rest = text.split()
    if kind not in PROVIDERS:
        raise ValidationError(
            gettext("%(line)s: begin with crowdstrike, jamf or jumpcloud.") % {"line": text}
        )
    needed = 1 if kind == WITHOUT_KEY_URL else 2
    if not needed <= len(rest) <= 2:
        raise ValidationError(
            gettext("%(line)s: write type, tenant and URL, separated by blanks.") % {"line": text}
        )
    if len(rest) == 2 and not rest[1].startswith("https://"):
        raise ValidationError(gettext("%(line)s: the URL must begin with https://.") % {"line": text})
    return " ".join([kind, *rest])


class TrustProvidersField(LinesField):
    """A line has several words, where other lists are separated by blanks too."""

    def clean(self, value: Any) -> list[str]:
        text = str(forms.CharField.clean(self, value) or "")
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        return list(dict.fromkeys(self.clean_line(line) for line in lines))
