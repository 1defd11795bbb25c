"""Asking for operations as a person does, and letting a worker carry them out."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Protocol

from django.utils import timezone

from portal.access.models import User
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_kind
from vpn.operations.engine import worker
from vpn.operations.engine.advancing import advance
from vpn.operations.models import Operation
from vpn.operations.requests import services
from vpn.operations.requests.drafts import Draft


class Ask(Protocol):
    """Asks for an operation of kind ``slug`` with a form filled in, as an administrator who has seen its plan."""

    def __call__(self, slug: str, endpoint: Endpoint | None, /, **data: str) -> Operation: ...


def plan(slug: str, endpoint: Endpoint | None, /, **data: str) -> Draft:
    return services.make_draft(kind=get_kind(slug), endpoint=endpoint, data=data)


def ask_as(actor: User) -> Ask:
    def ask(slug: str, endpoint: Endpoint | None, /, **data: str) -> Operation:
        draft = plan(slug, endpoint, **data)
        assert draft.plan is not None, draft.form.errors
        return services.request(
            draft=draft,
            actor=actor,
            reason="Because of a test",
            digest=draft.digest,
            typed_name=draft.name_to_type,
        )

    return ask


def finish(operation: Operation, *, turns: int = 50, between: Callable[[], Any] | None = None) -> Operation:
    """Beat and a worker take turns until it has ended; what waits for AWS is due at once."""
    for _ in range(turns):
        worker.run(operation.pk)
        operation.refresh_from_db()
        if operation.is_terminal:
            return operation
        if between:
            between()
        make_due(operation)
        assert str(operation.pk) in advance()
    raise AssertionError(f"still {operation.status} after {turns} turns")


def make_due(operation: Operation) -> None:
    """The pause is over."""
    past = timezone.now() - timedelta(seconds=1)
    Operation.objects.filter(pk=operation.pk, next_attempt_at__isnull=False).update(next_attempt_at=past)


def abandon(operation: Operation) -> None:
    """Its worker has said nothing for so long that another may take over."""
    Operation.objects.filter(pk=operation.pk).update(heartbeat_at=timezone.now() - timedelta(minutes=10))


def after_a_death(operation: Operation) -> Callable[[], None]:
    """Between two turns: the worker has died, and another may take over at once."""

    def between() -> None:
        abandon(operation)
        make_due(operation)

    return between
