"""What the pages of the history of changes show, made from rows that were read already."""

from collections.abc import Iterable
from dataclasses import dataclass

from portal.access.models import User
from portal.access.permissions import Permission
from vpn.changes.queries import known_people
from vpn.changes.reversal import Reversal, reversal
from vpn.changes.texts import ChangedValue, changed_values, heading, shown_values
from vpn.changes.who import Who, who
from vpn.connection_log.search.people import display_names
from vpn.directory.queries import group_names
from vpn.endpoints.models import EndpointChange
from vpn.operations.engine.headings import operation_heading
from vpn.operations.requests.looks import people_shown


@dataclass(frozen=True)
class ChangeRow:
    """``shown_values``: those that the heading doesn't say already.

    ``operation``: number and heading of the one that made it; empty for others. ``reversal`` None: not offered.
    """

    change: EndpointChange
    heading: str
    values: list[ChangedValue]
    shown_values: list[ChangedValue]
    who: Who
    operation: str
    reversal: Reversal | None


def change_rows(changes: Iterable[EndpointChange], *, reader: User) -> list[ChangeRow]:
    changes = list(changes)
    groups, names = group_names(), display_names(change.actor for change in changes)
    may_operate = reader.may(Permission.OPERATION_REQUEST)
    return [
        ChangeRow(
            change=change,
            heading=heading(change, groups),
            values=changed_values(change, groups),
            shown_values=shown_values(change, groups),
            who=who(change, names),
            operation=_operation_text(change),
            # What an operation did is taken back on its own page, with all of its steps.
            reversal=reversal(change) if may_operate and change.operation is None else None,
        )
        for change in changes
    ]


def people_in(changes: Iterable[EndpointChange]) -> set[str]:
    """Usernames of those who made the changes, as far as the portal knows them."""
    changes = list(changes)
    operations = (people_shown(change.operation) for change in changes if change.operation)
    return known_people(change.actor for change in changes).union(*operations)


def _operation_text(change: EndpointChange) -> str:
    if change.operation is None:
        return ""
    return f"#{change.operation.number} {operation_heading(change.operation)}"
