"""The state of the sandbox's Client VPN as JSON, so that tests can compare what two ways of changing it lead to."""

from dataclasses import fields, is_dataclass
from typing import Any

from sandbox.aws.states import State


def as_json(thing: Any, *, now: float) -> Any:
    """``thing`` as values that JSON can hold: a State as its code at ``now`` (Unix seconds), a record as a dict."""
    if isinstance(thing, State):
        return thing.at(now)
    if is_dataclass(thing):
        return {field.name: as_json(getattr(thing, field.name), now=now) for field in fields(thing)}
    if isinstance(thing, dict):
        return {str(key): as_json(value, now=now) for key, value in thing.items()}
    if isinstance(thing, list | tuple):
        return [as_json(item, now=now) for item in thing]
    return thing
