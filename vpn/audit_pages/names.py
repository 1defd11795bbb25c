"""What people call the ids of events: asked once for all events of a page."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from portal.audit.models import AuditEvent
from portal.audit.targets import EVERYBODY, TargetKind
from vpn.connection_log.search.people import display_names
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_kind
from vpn.operations.models import Operation


@dataclass(frozen=True)
class AuditNames:
    """``operations``: by number; none of what is gone."""

    people: Mapping[str, str] = field(default_factory=dict)
    endpoints: dict[str, str] = field(default_factory=dict)
    operations: dict[int, Operation] = field(default_factory=dict)

    def person(self, username: str) -> str:
        return self.people.get(username, "")

    def operation(self, number: int) -> str:
        """``#44 Create the route 10.9.0.0/16``, in the reader's language."""
        operation = self.operations.get(number)
        if operation is None:
            return f"#{number}"
        try:
            kind = get_kind(operation.kind)
        except LookupError:
            return f"#{number}"
        return f"#{number} {kind.heading(operation.endpoint, operation.parameters)}"


def names_for(events: Iterable[AuditEvent]) -> AuditNames:
    events = list(events)
    usernames = {name for event in events for name in (event.actor, *event.people) if name != EVERYBODY}
    usernames |= {event.target_id for event in events if event.target_kind == TargetKind.PERSON}
    endpoint_ids = {event.target_id for event in events if event.target_kind == TargetKind.ENDPOINT}
    endpoint_ids |= {str(event.details.get("endpoint", "")) for event in events}
    numbers = {
        event.details[name] for event in events for name in ("operation", "undo_of") if name in event.details
    }
    endpoints = Endpoint.objects.filter(endpoint_id__in=endpoint_ids)
    operations = Operation.objects.select_related("endpoint").filter(number__in=numbers)
    return AuditNames(
        people=display_names(usernames - {""}),
        endpoints=dict(endpoints.values_list("endpoint_id", "label")),
        operations={operation.number: operation for operation in operations},
    )
