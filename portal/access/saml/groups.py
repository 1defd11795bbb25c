"""The groups that an identity provider sent, and what is wrong with how it sent them."""

import re
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings

from portal.access.saml.assertion import VerifiedAssertion

LONGEST_GROUP_ID: Final = 255  # AWS's limit, and the column's
MOST_RECORDED: Final = 200
# What Entra ID sends instead of the groups of somebody in more than 150:
# https://learn.microsoft.com/entra/identity-platform/saml-claims-customization
GROUPS_LINK: Final = "http://schemas.microsoft.com/claims/groups.link"


@dataclass(frozen=True)
class SentGroups:
    """``ids``: those that count. ``link``: the name of the attribute that came instead of them, or empty.

    ``joined``: values that hold several ids. They count for nothing: AWS reads each as one id, too.
    """

    ids: list[str]
    link: str
    joined: list[str]

    @property
    def problems(self) -> dict[str, Any]:
        """For the log and the audit record; empty if all is well."""
        problems: dict[str, Any] = {}
        if self.link:
            problems["groups_link"] = self.link
        if self.joined:
            problems["groups_joined"] = self.joined[:MOST_RECORDED]
        return problems


def sent_groups(verified: VerifiedAssertion) -> SentGroups:
    values = verified.attributes.get(settings.SAML_ATTRIBUTE_GROUPS, [])
    known = frozenset().union(*settings.ROLE_GROUPS.values())
    return SentGroups(
        ids=[value for value in values if len(value) <= LONGEST_GROUP_ID],
        link=GROUPS_LINK if GROUPS_LINK in verified.attribute_names else "",
        joined=[value for value in values if _is_joined(value, known)],
    )


def _is_joined(value: str, known: frozenset[str]) -> bool:
    """Whether it looks like several ids, such as ``a,b`` or ``a;b``. A distinguished name has commas of its own."""
    parts = [part.strip() for part in re.split("[,;]", value)]
    if len(parts) == 1 or value in known:
        return False
    return "=" not in value or any(part in known for part in parts)
