"""What a rule is: how it looks for findings of one kind, and what people read about them.

Each rule stands in a module of its own, as RULE; ``vpn.findings.rules`` lists them all.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from vpn.findings.models import Finding


@dataclass(frozen=True)
class DetectedFinding:
    """Something that a rule says is so now. The fields are those of ``vpn.findings.models.Finding``."""

    key: str
    subject: str
    evidence: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class FindingText:
    """One sentence about a finding; ``url`` leads to the connections that it is about, or is empty."""

    text: str
    url: str = ""


# Why a rule may not be able to tell: of most, and of those that compare with the directory
SHORT_LOG: Final = gettext_lazy("The log doesn't reach back far enough for this to be judged yet.")
UNREAD_DIRECTORY: Final = gettext_lazy(
    "The directory isn't read (IDENTITY_STORE), or couldn't be read lately."
)


def subject_only(finding: Finding) -> list[str]:
    return [finding.subject]


@dataclass(frozen=True)
class FindingRule:
    """``kind`` is stored with each finding and stands in URLs: it never changes.

    ``detect`` takes the time now and returns everything that is so, or None if it can't tell yet: then nothing is
    opened or resolved. ``describe`` takes a finding and the names of people by their lower-case user names.
    ``undecided`` is why it may not be able to tell.
    ``usernames`` are those whose names ``describe`` wants. ``kept_open`` is how long a finding stays open after it was
    last detected: what happened once must be seen by somebody, what is a state ends with it. ``counted_together``: a
    portal that begins beside profiles that people have already finds nearly everybody; that is one matter to look at.
    """

    kind: str
    label: Promise
    tone: str
    why: Promise
    advice: Promise
    basis: Promise
    detect: Callable[[datetime], list[DetectedFinding] | None]
    describe: Callable[[Finding, Mapping[str, str]], FindingText]
    usernames: Callable[[Finding], list[str]] = subject_only
    undecided: Promise = SHORT_LOG
    kept_open: timedelta = timedelta(0)
    counted_together: bool = False


def finding_key(*parts: object) -> str:
    """A SHA-256 in hexadecimal over the parts, so that it fits the column however long they are."""
    return sha256("\n".join(map(str, parts)).encode()).hexdigest()


def read_time(text: str) -> datetime:
    """A moment of a finding's evidence, which is ISO 8601 with an offset."""
    return datetime.fromisoformat(text)


def format_time(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATETIME_FORMAT")


def format_day(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "DATE_FORMAT")
