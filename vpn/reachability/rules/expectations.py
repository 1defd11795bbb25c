"""Whether what should be reached, and what should not, is so: pure. It holds of plans and of what AWS has alike."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from portal.addresses import Network
from vpn.reachability.rules.evaluation import EndpointPaths, ReachOutcome, evaluate

# Of these nothing can be said: the person's groups aren't known, or the endpoint is paused and nobody is connected.
UNDECIDED: Final = frozenset({ReachOutcome.UNKNOWN, ReachOutcome.NO_PLACE})
# To a part, or now and then: neither does who should reach it nor is who shouldn't kept out.
HALF: Final = frozenset({ReachOutcome.PARTLY, ReachOutcome.AT_TIMES})


@dataclass(frozen=True)
class Expectation:
    """``groups``: those of the person, or the one group that it is about; None: not known. ``text``: in words."""

    text: str
    groups: Collection[str] | None
    destination: Network
    allowed: bool


def is_met(paths: EndpointPaths, expectation: Expectation) -> bool | None:
    """None: it can't be told."""
    outcome = evaluate(paths, expectation.destination, groups=expectation.groups).outcome
    if outcome in UNDECIDED:
        return None
    if outcome in HALF:
        return False
    return (outcome is ReachOutcome.ALLOWED) == expectation.allowed


def newly_broken(
    before: EndpointPaths, after: EndpointPaths, expectations: Iterable[Expectation]
) -> list[Expectation]:
    """Those that a change breaks; what was broken before it is not its doing."""
    return [
        expectation
        for expectation in expectations
        if is_met(after, expectation) is False and is_met(before, expectation) is not False
    ]
