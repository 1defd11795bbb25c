"""What an operation is called, in the language that is active now."""

from vpn.operation_kinds import get_kind
from vpn.operations.models import Operation


def heading_of(operation: Operation) -> str:
    """The slug, for a kind or for parameters that this version doesn't have: the row may be of another one."""
    try:
        return get_kind(operation.kind).heading(operation.endpoint, operation.parameters)
    except (LookupError, TypeError, ValueError):
        return operation.kind


def full_heading_of(operation: Operation) -> str:
    """With its number and endpoint."""
    where = f" · {operation.endpoint.label}" if operation.endpoint else ""
    return f"#{operation.number} {heading_of(operation)}{where}"
