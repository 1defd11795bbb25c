"""What an audit event is about: a kind and an id, so that it is found whatever else has the same name."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class TargetKind(StrEnum):
    """The kinds are part of the record: never change one, never use one again for something else."""

    PERSON = "person"  # id: the username
    NAME = "name"  # id: words that were looked for in the names of people
    ADDRESS = "address"
    PAGE = "page"
    ENDPOINT = "endpoint"
    EXPORT = "export"
    FINDING = "finding"
    LOG_QUERY = "log-query"
    TOKEN = "token"  # noqa: S105 (the name of a kind)
    DELIVERY = "delivery"
    PARTNER = "partner"
    INCIDENT = "incident"
    DRILL = "drill"
    REQUIREMENT = "requirement"  # id: the key of a part, or of a question
    EVIDENCE = "evidence"


# Among the people of an event: more were shown than are worth naming, so it is found under each.
EVERYBODY: Final = "*"


@dataclass(frozen=True)
class AuditTarget:
    """``name`` is what people read; empty: the id."""

    kind: TargetKind
    id: str
    name: str = ""

    @property
    def people(self) -> tuple[str, ...]:
        return (self.id,) if self.kind is TargetKind.PERSON and self.id else ()


def person(username: str) -> AuditTarget:
    return AuditTarget(TargetKind.PERSON, username)


def page(name: str) -> AuditTarget:
    return AuditTarget(TargetKind.PAGE, name)


def endpoint(endpoint_id: str) -> AuditTarget:
    return AuditTarget(TargetKind.ENDPOINT, endpoint_id)
