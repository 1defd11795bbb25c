"""What an operation is called, in the current language."""

from django.utils.translation import gettext

from vpn.operation_kinds import get_kind
from vpn.operations.models import Operation


def operation_heading(operation: Operation) -> str:
    """The heading by its kind: "Create the route 10.0.0.0/16".

    Another version of the portal may have written the row. If this one doesn't have the kind, or the kind can't read
    the parameters, the heading is the kind's slug.
    """
    try:
        heading = get_kind(operation.kind).heading(operation.endpoint, operation.parameters)
    except (LookupError, TypeError, ValueError):
        heading = operation.kind
    return heading if operation.undo_of is None else undo_heading(operation.undo_of, heading)


def undo_heading(undone: Operation, heading: str) -> str:
    """A change and the undo of an equal one have the same words, and mean the opposite."""
    return gettext("Undo #%(number)s: %(heading)s") % {"number": undone.number, "heading": heading}


def status_heading(status: str, heading: str) -> str:
    """ "Finished: #7 Create the route 10.0.0.0/16"."""
    return gettext("%(status)s: %(heading)s") % {"status": status, "heading": heading}


def full_heading(operation: Operation) -> str:
    """The heading with number and endpoint: "#7 Create the route 10.0.0.0/16 · tokyo-main"."""
    endpoint = f" · {operation.endpoint.label}" if operation.endpoint else ""
    return f"#{operation.number} {operation_heading(operation)}{endpoint}"
