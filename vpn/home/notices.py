"""What is broken right now for this person, and what to do about it."""

from collections.abc import Iterable
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


def notices_for(profiles: Iterable[Profile]) -> list[Notice]:
    """About the endpoints that this person may use; nobody needs to hear of the others."""
    profiles = list(profiles)
    working = [one.endpoint.label for one in profiles if _trouble(one.endpoint) == ""]
    found = []
    for profile in profiles:
        trouble = _trouble(profile.endpoint)
        if trouble:
            found.append(Notice("warn", trouble, _way_out(working)))
        if profile.outdated:
            found.append(_outdated(profile.endpoint))
    return found


def planned_notices(profiles: Iterable[Profile]) -> list[Notice]:
    """What will be done to this person's endpoints at a time that is known, and will be felt."""
    mine = [one.endpoint for one in profiles]
    return [_planned(operation, mine) for operation in operations.planned_for(mine)]


def _planned(operation: Operation, mine: list[Endpoint]) -> Notice:
    at = date_format(timezone.localtime(operation.not_before), "DATETIME_FORMAT")
    label = operation.endpoint.label if operation.endpoint else ""
    title = _("%(label)s: work is planned for %(at)s.") % {"label": label, "at": at}
    if operation.plan["reconnects"]:
        return Notice("info", title, _("You may be disconnected then, and connect again after some seconds."))
    others = ", ".join(one.label for one in mine if one != operation.endpoint and _trouble(one) == "")
    text = _("You can't use it from then on until it is resumed.")
    return Notice(
        "warn",
        title,
        f"{text} {_('Connect to %(labels)s instead.') % {'labels': others}}" if others else text,
    )


def _trouble(endpoint: Endpoint) -> str:
    values = {"label": endpoint.label}
    if endpoint.status != AVAILABLE:
        return _("%(label)s can't be connected to right now.") % values
    if not endpoint.split_tunnel and not endpoint.egress_ips:
        return _("%(label)s doesn't lead to the fixed IP address right now.") % values
    return ""


def _way_out(working: list[str]) -> str:
    if working:
        return _("Connect to %(labels)s instead.") % {"labels": ", ".join(working)}
    return _("It has been recorded, and this page changes when it works again.")


def _outdated(endpoint: Endpoint) -> Notice:
    return Notice(
        "warn",
        _("Your profile is out of date."),
        _("Download %(label)s again and import it in AWS VPN Client: the old file may no longer connect.")
        % {"label": endpoint.label},
    )
