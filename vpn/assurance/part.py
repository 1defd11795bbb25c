"""What a rule is made of, and what it answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vpn.assurance.facts import Facts
from vpn.assurance.models import RequirementValue
from vpn.endpoints.models import Endpoint


@dataclass(frozen=True)
class PartResult:
    """What one evaluation saw. ``sentence``: an English msgid, filled by vpn.assurance.sentences with ``values``.

    ``subjects``: what fails, by name. ``final``: AWS says so in so many words, so nobody need look again.
    """

    value: RequirementValue
    sentence: str
    values: dict[str, Any] = field(default_factory=dict)
    subjects: tuple[str, ...] = ()
    warning: bool = False
    final: bool = False


@dataclass(frozen=True)
class RequirementPart:
    """A rule. ``key`` is stored, and never changes. Exactly one of the two functions is there.

    ``of_endpoint`` is asked of each endpoint that people can use or miss, ``of_all`` once. They answer None where the
    part says nothing: a split tunnel has no way to the internet that could break.
    """

    key: str
    of_endpoint: Callable[[Facts, Endpoint], PartResult | None] | None = None
    of_all: Callable[[Facts], PartResult | None] | None = None


def holds(sentence: str, **values: Any) -> PartResult:
    return PartResult(RequirementValue.HOLDS, sentence, values)


def warns(sentence: str, *, subjects: tuple[str, ...] = (), **values: Any) -> PartResult:
    """It holds, and somebody should see to it before it fails."""
    return PartResult(RequirementValue.HOLDS, sentence, values, subjects, warning=True)


def fails(sentence: str, *, subjects: tuple[str, ...] = (), final: bool = False, **values: Any) -> PartResult:
    return PartResult(RequirementValue.FAILS, sentence, values, subjects, final=final)


def unknown(sentence: str, **values: Any) -> PartResult:
    return PartResult(RequirementValue.UNKNOWN, sentence, values)
