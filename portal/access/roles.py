"""From the group ids of a verified assertion to roles; the environment names the groups of each role."""

from collections.abc import Iterable, Mapping

from portal.access.permissions import Role

EVERYONE = "*"


def roles_for(groups: Iterable[str], *, role_groups: Mapping[str, frozenset[str]]) -> list[str]:
    """The roles of somebody in ``groups``, lowest first. An empty list means that they may not enter.

    ``role_groups`` maps a role to the ids of its groups; ``*`` among them is everyone who can sign in.
    """
    held = set(groups)
    return [
        role.value for role in Role if EVERYONE in role_groups[role.value] or held & role_groups[role.value]
    ]
