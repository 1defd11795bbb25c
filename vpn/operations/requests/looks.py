"""Whom the pages of operations show: that is recorded, as every look at somebody else's data is."""

from collections.abc import Iterable, Iterator
from typing import Any

from portal.access.names import is_same_account
from portal.access.requests import PortalRequest
from portal.access.tokens.audit_trail import record_api_use
from portal.access.tokens.guard import ApiRequest
from portal.audit import targets
from portal.audit.looks import record_file, record_look
from portal.audit.tags import Tag
from vpn.endpoints.models import Endpoint
from vpn.live_connections.queries import live_rows
from vpn.operations.base.kind import OperationKind
from vpn.operations.models import Operation, OperationStep
from vpn.operations.requests.drafts import Draft


def people_shown(operation: Operation, steps: Iterable[OperationStep] = ()) -> set[str]:
    """Usernames of who asked for it and decided on it, of those it is about, and of those whose connections it saw."""
    people = {operation.requested_by_username, *_people_concerned(operation)}
    if operation.decided_by:
        people.add(operation.decided_by.username)
    for step in steps:
        people |= {*_observed(step.before), *_observed(step.after)}
    return people - {""}


def people_planned(draft: Draft) -> set[str]:
    """Usernames of those whom the plan is about, and whom it would disconnect."""
    named = draft.parameters.get("usernames", ())
    disconnected = (connection.username for connection in draft.plan.disconnects) if draft.plan else ()
    return {*named, *disconnected} - {""}


def record_operations(request: PortalRequest, people: set[str], *, details: dict[str, Any]) -> None:
    """A page that shows nobody but the reader is no look at anybody."""
    if any(not is_same_account(username, request.user.username) for username in people):
        target = targets.page("operations")
        record_look(request, Tag.OPERATION_VIEWED, target=target, people=people, details=details)


def record_spreadsheet(request: PortalRequest, people: set[str], *, details: dict[str, Any]) -> None:
    target = targets.page("operations")
    record_file(request, Tag.OPERATION_VIEWED, target=target, people=people, details=details)


def record_draft(request: PortalRequest, draft: Draft) -> None:
    record_operations(request, people_planned(draft), details={"kind": draft.kind.slug})


def record_form(request: PortalRequest, kind: OperationKind, endpoint: Endpoint | None) -> None:
    if kind.form_lists_connections and endpoint is not None:
        people = {row.username for row in live_rows(endpoint) if row.username}
        record_operations(request, people, details={"kind": kind.slug})


def record_api_operations(request: ApiRequest, people: set[str], **details: Any) -> None:
    if any(not is_same_account(username, request.token.owner.username) for username in people):
        target = targets.page("operations")
        record_api_use(request, Tag.OPERATION_VIEWED, target=target, people=people, **details)


def _people_concerned(operation: Operation) -> Iterator[str]:
    # Another version of the portal may have written parameters of another shape.
    usernames = operation.parameters.get("usernames", ())
    yield from usernames if isinstance(usernames, list) else ()
    yield from operation.plan.get("usernames", ())


def _observed(details: dict[str, Any]) -> Iterator[str]:
    """Of a step that looked for connections: see evidence.py."""
    endpoints = details.get("endpoints")
    # Reading an account anew records a number by this name.
    for endpoint in endpoints.values() if isinstance(endpoints, dict) else ():
        yield from (connection["username"] for connection in endpoint.get("connections", ()))
