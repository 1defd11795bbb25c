"""What a token may be allowed to do: those permissions that the API knows, in words."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.access.permissions import Permission

SCOPES: dict[Permission, Promise] = {
    Permission.CONNECTION_READ: _("Search and read connections"),
    Permission.CONNECTION_EXPORT: _("Export connections"),
    Permission.HELPDESK_USE: _("Read why a person can't use the VPN"),
    Permission.REACHABILITY_READ: _("Read what a person reaches through the VPN"),
    Permission.ENDPOINT_READ: _("Read endpoints"),
    Permission.OPERATION_READ: _("Read operations"),
    Permission.OPERATION_REQUEST: _("Ask for operations, and cancel them"),
    Permission.EGRESS_READ: _("Read the fixed IP addresses"),
}


# All that those may give who hold no TOKEN_ANY_SCOPE.
HELPDESK_SCOPES: Final = frozenset({Permission.HELPDESK_USE, Permission.REACHABILITY_READ})


def grantable(held: frozenset[Permission]) -> dict[Permission, Promise]:
    """The scopes that somebody with these permissions may give to a token: never more than they hold."""
    allowed = held if Permission.TOKEN_ANY_SCOPE in held else held & HELPDESK_SCOPES
    return {permission: words for permission, words in SCOPES.items() if permission in allowed}


def in_words(scopes: list[str]) -> list[Promise | str]:
    """The scopes as people read them; one that this version doesn't know is returned unchanged."""
    return [SCOPES[Permission(scope)] if scope in SCOPES else scope for scope in scopes]
