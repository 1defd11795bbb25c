"""What is broken right now for this person, and what to do about it."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from vpn.endpoints.models import Endpoint
from vpn.operations import queries as operations
from vpn.operations.models import Operation
from vpn.profiles.queries import Profile

AVAILABLE = "available"


@dataclass(frozen=True)
class Notice:
    """What components/notice.html takes."""

    tone: str
    title: str
    text: str


def current_notices(profiles: Collection[Profile]) -> list[Notice]:
    """About the endpoints that this person may use: others are of no interest, and might reveal their names."""
    endpoints = [profile.endpoint for profile in profiles]
    working = [endpoint.label for endpoint in endpoints if not _outage_text(endpoint)]
    notices = []
    for profile in profiles:
        outage = _outage_text(profile.endpoint)
        if outage:
            notices.append(Notice("warn", outage, _advice(working)))
        if profile.outdated:
            notices.append(_outdated_notice(profile.endpoint))
    return notices


def planned_notices(profiles: Iterable[Profile]) -> list[Notice]:
    """Operations on this person's endpoints that begin at a given time and disconnect people."""
    endpoints = [profile.endpoint for profile in profiles]
    return [_planned_notice(operation, endpoints) for operation in operations.planned_operations(endpoints)]


def _planned_notice(operation: Operation, endpoints: list[Endpoint]) -> Notice:
    at = date_format(timezone.localtime(operation.not_before), "DATETIME_FORMAT")
    label = operation.endpoint.label if operation.endpoint else ""
    title = _("%(label)s: work is planned for %(at)s.") % {"label": label, "at": at}
    if operation.plan["reconnects"]:
        return Notice("info", title, _("You may be disconnected then, and connect again after some seconds."))
    others = ", ".join(
        endpoint.label
        for endpoint in endpoints
        if endpoint != operation.endpoint and not _outage_text(endpoint)
    )
    text = _("You can't use it from then on until it is resumed.")
    return Notice(
        "warn",
        title,
        f"{text} {_('Connect to %(labels)s instead.') % {'labels': others}}" if others else text,
    )


def _outage_text(endpoint: Endpoint) -> str:
    """What doesn't work, in words; empty if everything does."""
    values = {"label": endpoint.label}
    if endpoint.status != AVAILABLE:
        return _("%(label)s can't be connected to right now.") % values
    if not endpoint.split_tunnel and not endpoint.egress_ips:
        return _("%(label)s doesn't lead to the fixed IP address right now.") % values
    return ""


def _advice(working: list[str]) -> str:
    if working:
        return _("Connect to %(labels)s instead.") % {"labels": ", ".join(working)}
    return _("It has been recorded, and this page changes when it works again.")


def _outdated_notice(endpoint: Endpoint) -> Notice:
    return Notice(
        "warn",
        _("Your profile is out of date."),
        _("Download %(label)s again and import it in AWS VPN Client: the old file may no longer connect.")
        % {"label": endpoint.label},
    )
