"""Round numbers beside an axis."""

from math import ceil, floor, log10
from typing import Final

STEPS: Final = (1, 2, 5, 10)


def ticks(highest: float, *, about: int = 4) -> list[int]:
    """Round numbers from 0 to at least ``highest``, evenly apart; [0, 1] for nothing at all."""
    if highest <= 1:
        return [0, 1]
    rough = highest / about
    scale = 10 ** floor(log10(rough))
    step = max(1, next(int(factor * scale) or 1 for factor in STEPS if factor * scale >= rough))
    return [step * number for number in range(ceil(highest / step) + 1)]


def percent(part: float, whole: float) -> str:
    """For an SVG attribute: a full stop whatever the language."""
    return f"{100 * part / whole:.3f}" if whole else "0"
