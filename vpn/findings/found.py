"""What a rule says is so now."""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from vpn.findings.models import FindingKind


@dataclass(frozen=True)
class DetectedFinding:
    """See models.Finding."""

    kind: FindingKind
    key: str
    subject: str
    evidence: dict[str, Any] = field(default_factory=dict)


def key_of(*parts: object) -> str:
    """The same for the same parts, however long they are."""
    return sha256("\n".join(map(str, parts)).encode()).hexdigest()
