"""All that the sandbox's Client VPN is at a moment, as JSON: to compare what two ways of changing it have led to."""

from dataclasses import fields, is_dataclass
from typing import Any

from sandbox.aws.states import State


def picture(of: Any, *, now: float) -> Any:
    """States as they are at ``now``; records by the names of their fields."""
    if isinstance(of, State):
        return of.at(now)
    if is_dataclass(of):
        return {field.name: picture(getattr(of, field.name), now=now) for field in fields(of)}
    if isinstance(of, dict):
        return {str(key): picture(value, now=now) for key, value in of.items()}
    if isinstance(of, list | tuple):
        return [picture(one, now=now) for one in of]
    return of
