"""AWS's states in words, each with the tone it is shown in. What AWS adds some day is shown in AWS's own word."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Status:
    """What components/badge.html takes."""

    tone: str
    text: str | Promise


# EC2 API reference: ClientVpnEndpointStatus, AssociationStatus, ClientVpnAuthorizationRuleStatus,
# ClientVpnRouteStatus, VpnConnection, VgwTelemetry. No two of them mean different things by one word.
STATUSES: Final[dict[str, Status]] = {
    "available": Status("ok", _("Available")),
    "pending-associate": Status("warn", _("No subnet associated")),
    "associating": Status("info", _("Being associated")),
    "associated": Status("ok", _("Associated")),
    "association-failed": Status("out", _("Association failed")),
    "disassociating": Status("info", _("Being disassociated")),
    "disassociated": Status("unknown", _("Disassociated")),
    "authorizing": Status("info", _("Being authorized")),
    "active": Status("ok", _("Active")),
    "revoking": Status("info", _("Being revoked")),
    "creating": Status("info", _("Being created")),
    "pending": Status("info", _("Being created")),
    "failed": Status("out", _("Failed")),
    "deleting": Status("info", _("Being deleted")),
    "deleted": Status("unknown", _("Deleted")),
    "UP": Status("ok", _("Up")),
    "DOWN": Status("out", _("Down")),
}
VANISHED: Final = Status("unknown", _("Gone from AWS"))

AUTHENTICATION: Final[dict[str, Promise]] = {
    "federated-authentication": _("Single sign-on (SAML)"),
    "certificate-authentication": _("Client certificate"),
    "directory-service-authentication": _("Active Directory"),
}


def status_of(code: str) -> Status:
    return STATUSES.get(code) or Status("unknown", code)
