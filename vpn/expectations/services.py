"""Writing and deleting expectations, with audit events."""

from typing import Any

from django.db import transaction

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag
from vpn.expectations.models import ReachExpectation


@transaction.atomic
def create(expectation: ReachExpectation, *, actor: User, origin: RequestOrigin) -> None:
    expectation.created_by_name = str(actor)
    expectation.save(force_insert=True)
    _record(Tag.EXPECTATION_CREATED, expectation, actor, origin)


@transaction.atomic
def delete(expectation: ReachExpectation, *, actor: User, origin: RequestOrigin) -> None:
    _record(Tag.EXPECTATION_DELETED, expectation, actor, origin)
    expectation.delete()


def _record(tag: Tag, expectation: ReachExpectation, actor: User, origin: RequestOrigin) -> None:
    details: dict[str, Any] = {
        "group_id": expectation.group_id,
        "username": expectation.username,
        "destination": expectation.destination,
        "allowed": expectation.allowed,
        "reason": expectation.note,
    }
    record(
        tag,
        actor=actor,
        target=targets.endpoint(expectation.endpoint.endpoint_id),
        people=[expectation.username] if expectation.username else [],
        address=origin.address,
        reference=origin.reference,
        details=details,
    )
