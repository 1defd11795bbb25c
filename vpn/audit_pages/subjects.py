"""From what somebody types to what the audit record holds: names to usernames, labels to ids, #44 to an operation."""

import re
from typing import Final

from portal.access.accounts import person_names
from portal.audit.queries import AuditSubject
from portal.text import normalize
from vpn.endpoints.models import Endpoint
from vpn.people.lookup import search_people

OPERATION: Final = re.compile(r"#?(\d{1,12})")
# As portal.logs writes it
REFERENCE: Final = re.compile(r"[A-Z0-9]{4}-[A-Z0-9]{6}")
# A text that is part of more names than that narrows nothing by being resolved.
MAX_PEOPLE: Final = 100


def is_identifier(typed: str) -> bool:
    """Whether it names one thing, whenever that was: an operation or a request."""
    text = normalize(typed)
    return bool(OPERATION.fullmatch(text) or REFERENCE.fullmatch(text.upper()))


def find_subject(typed: str) -> AuditSubject | None:
    """None for nothing. What no table knows is looked for in the record as it is written."""
    text = normalize(typed)
    if not text:
        return None
    if REFERENCE.fullmatch(text.upper()):
        return AuditSubject(reference=text.upper())
    number = OPERATION.fullmatch(text)
    operations = frozenset({int(number[1])}) if number else frozenset()
    if text.startswith("#") and operations:
        # The number alone: as a text, 4 is part of half of all ids.
        return AuditSubject(operations=operations)
    people, meant = person_names(_usernames(text)), person_names([text])
    if meant.keys <= people.keys:
        # Of somebody whom the portal knows by exactly this, nobody else is meant whose name is longer. An index has it.
        return AuditSubject(people=meant)
    endpoints = Endpoint.objects.filter(label__icontains=text)
    return AuditSubject(
        text=text,
        people=people,
        target_ids=frozenset(endpoints.values_list("endpoint_id", flat=True)),
        operations=operations,
    )


def _usernames(text: str) -> frozenset[str]:
    """Of everybody whom the text may mean."""
    people = search_people(text, limit=MAX_PEOPLE + 1)
    return frozenset(person.username for person in people) if len(people) <= MAX_PEOPLE else frozenset()
