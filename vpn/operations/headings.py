"""What an operation is called, in the language that is active now."""

from vpn.operations.kinds import kind_of
from vpn.operations.models import Operation


def heading_of(operation: Operation) -> str:
    """The slug, for a kind that this version doesn't have any more."""
    try:
        kind = kind_of(operation.kind)
    except LookupError:
        return operation.kind
    return kind.heading(operation.endpoint, operation.parameters)


def full_heading_of(operation: Operation) -> str:
    """With its number and endpoint."""
    where = f" · {operation.endpoint.label}" if operation.endpoint else ""
    return f"#{operation.number} {heading_of(operation)}{where}"
