"""Prometheus' text format, version 0.0.4."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
NEVER: Final = float("inf")


@dataclass(frozen=True)
class Gauge:
    """A metric and its samples: labels and value."""

    name: str
    meaning: str
    samples: list[tuple[Mapping[str, str], float]] = field(default_factory=list)

    def add(self, value: float, **labels: str) -> None:
        self.samples.append((labels, value))


def text_of(gauges: Iterable[Gauge]) -> str:
    return "".join(f"{line}\n" for gauge in gauges for line in _lines(gauge))


def _lines(gauge: Gauge) -> list[str]:
    meaning = gauge.meaning.replace("\\", r"\\").replace("\n", r"\n")
    samples = [f"{gauge.name}{_labels(labels)} {_number(value)}" for labels, value in gauge.samples]
    return [f"# HELP {gauge.name} {meaning}", f"# TYPE {gauge.name} gauge", *samples]


def _labels(labels: Mapping[str, str]) -> str:
    pairs = ",".join(f'{name}="{_escaped(value)}"' for name, value in labels.items())
    return f"{{{pairs}}}" if pairs else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _number(value: float) -> str:
    if value == NEVER:
        return "+Inf"
    return str(int(value)) if value == int(value) else f"{value:.3f}"
