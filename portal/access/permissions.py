"""Who may do what: one table. A page names a permission, never a role."""

from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Role(TextChoices):
    """Employee < helpdesk, auditor < admin. Helpdesk and auditor don't include each other."""

    EMPLOYEE = "employee", _("Employee")
    HELPDESK = "helpdesk", _("Helpdesk")
    AUDITOR = "auditor", _("Auditor")
    ADMIN = "admin", _("Administrator")


class Permission(StrEnum):
    """``resource:action``."""

    HOME_READ = "home:read"
    PROFILE_READ = "profile:read"
    PROFILE_DOWNLOAD = "profile:download"
    EGRESS_READ = "egress:read"
    ENDPOINT_READ = "endpoint:read"
    CHANGE_READ = "change:read"
    AUDIT_READ = "audit:read"
    AUDIT_EXPORT = "audit:export"
    CONNECTION_READ_OWN = "connection:read-own"
    CONNECTION_READ = "connection:read"
    CONNECTION_EXPORT = "connection:export"
    HELPDESK_USE = "helpdesk:use"
    HELPDESK_END_CONNECTION = "helpdesk:end-connection"
    REACHABILITY_READ = "reachability:read"
    OPERATION_READ = "operation:read"
    OPERATION_REQUEST = "operation:request"
    OPERATION_APPROVE = "operation:approve"
    NOTIFICATION_MANAGE = "notification:manage"
    PARTNER_MANAGE = "partner:manage"
    INCIDENT_WRITE = "incident:write"
    REQUIREMENT_STATE = "requirement:state"
    TOKEN_MANAGE = "token:manage"  # noqa: S105
    TOKEN_ANY_SCOPE = "token:any-scope"  # noqa: S105
    TOKEN_REVOKE_ANY = "token:revoke-any"  # noqa: S105


_EMPLOYEE = frozenset(
    {
        Permission.HOME_READ,
        Permission.PROFILE_READ,
        Permission.PROFILE_DOWNLOAD,
        Permission.EGRESS_READ,
        Permission.CONNECTION_READ_OWN,
    }
)
_HELPDESK = _EMPLOYEE | {
    Permission.ENDPOINT_READ,
    Permission.CHANGE_READ,
    Permission.HELPDESK_USE,
    Permission.HELPDESK_END_CONNECTION,
    Permission.REACHABILITY_READ,
    # For scripts of the helpdesk's own tools: without TOKEN_ANY_SCOPE its tokens reach the diagnosis, nothing else.
    Permission.TOKEN_MANAGE,
    # They hear of trouble first, and each incident that is written down is calls that don't come.
    Permission.INCIDENT_WRITE,
}
_AUDITOR = _EMPLOYEE | {
    Permission.AUDIT_READ,
    Permission.AUDIT_EXPORT,
    Permission.CONNECTION_READ,
    Permission.CONNECTION_EXPORT,
    # The audit record tells of operations by their number: what was planned, done and proved stands on their pages.
    Permission.OPERATION_READ,
    Permission.CHANGE_READ,
    Permission.TOKEN_MANAGE,
    Permission.TOKEN_ANY_SCOPE,
}
_OPERATOR = frozenset(
    {
        Permission.OPERATION_REQUEST,
        Permission.OPERATION_APPROVE,
        Permission.REQUIREMENT_STATE,
        Permission.NOTIFICATION_MANAGE,
        Permission.PARTNER_MANAGE,
    }
)
_ADMIN = _HELPDESK | _AUDITOR | _OPERATOR | {Permission.TOKEN_REVOKE_ANY}

GRANTS: dict[Role, frozenset[Permission]] = {
    Role.EMPLOYEE: _EMPLOYEE,
    Role.HELPDESK: _HELPDESK,
    Role.AUDITOR: _AUDITOR,
    Role.ADMIN: _ADMIN,
}


def permissions_for(roles: list[str]) -> frozenset[Permission]:
    """The permissions of all these roles together. A role that no longer exists has none."""
    return frozenset(permission for role in roles if role in GRANTS for permission in GRANTS[Role(role)])
