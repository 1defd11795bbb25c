"""AWS's states as badges: text and tone. A state that AWS adds one day is shown as AWS writes it."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class StatusBadge:
    """What components/badge.html takes."""

    tone: str
    text: str | Promise


# EC2 API reference: ClientVpnEndpointStatus, AssociationStatus, ClientVpnAuthorizationRuleStatus,
# ClientVpnRouteStatus, VpnConnection, VgwTelemetry. No two of them mean different things by one word.
STATUSES: Final[dict[str, StatusBadge]] = {
    "available": StatusBadge("ok", _("Available")),
    "pending-associate": StatusBadge("warn", _("No subnet associated")),
    "associating": StatusBadge("info", _("Being associated")),
    "associated": StatusBadge("ok", _("Associated")),
    "association-failed": StatusBadge("out", _("Association failed")),
    "disassociating": StatusBadge("info", _("Being disassociated")),
    "disassociated": StatusBadge("unknown", _("Disassociated")),
    "authorizing": StatusBadge("info", _("Being authorized")),
    "active": StatusBadge("ok", _("Active")),
    "revoking": StatusBadge("info", _("Being revoked")),
    "creating": StatusBadge("info", _("Being created")),
    "pending": StatusBadge("info", _("Being created")),
    "failed": StatusBadge("out", _("Failed")),
    "deleting": StatusBadge("info", _("Being deleted")),
    "deleted": StatusBadge("unknown", _("Deleted")),
    "UP": StatusBadge("ok", _("Up")),
    "DOWN": StatusBadge("out", _("Down")),
}
VANISHED: Final = StatusBadge("unknown", _("Gone from AWS"))

AUTHENTICATION: Final[dict[str, Promise]] = {
    "federated-authentication": _("Single sign-on (SAML)"),
    "certificate-authentication": _("Client certificate"),
    "directory-service-authentication": _("Active Directory"),
}


def status_badge(code: str) -> StatusBadge:
    return STATUSES.get(code) or StatusBadge("unknown", code)
