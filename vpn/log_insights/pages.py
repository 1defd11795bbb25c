"""Log queries as their pages show them."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log import units
from vpn.connection_log.search.condition_text import ConditionText, describe_conditions, describe_period
from vpn.endpoints.reasons import ERRORS
from vpn.log_insights.models import LIVE, LogQuery, LogQueryPart, LogQueryState

QUERY_ERRORS: Final[dict[str, Promise]] = ERRORS | {
    "log-query-ended": gettext_lazy("CloudWatch Logs ended the query without a result."),
    "log-query-lost": gettext_lazy(
        "The query was not started: the portal's worker stopped meanwhile. Ask again."
    ),
    "log-query-overdue": gettext_lazy(
        "The query took longer than CloudWatch Logs lets one take. Ask for a shorter range."
    ),
}
TONES: Final = {
    LogQueryState.COMPLETE: "ok",
    LogQueryState.FAILED: "out",
    LogQueryState.CANCELLED: "unknown",
}


@dataclass(frozen=True)
class LogQueryFailure:
    where: str
    words: Promise
    code: str
    message: str


@dataclass(frozen=True)
class LogQueryLine:
    """A search, as the list and the top of its own page show it. ``scanned`` is what AWS charges for."""

    query: LogQuery
    state: LogQueryState
    tone: str
    conditions: list[ConditionText]
    words: str
    scanned: str
    matched: int
    unreadable: int
    truncated: bool
    failures: list[LogQueryFailure]

    @property
    def live(self) -> bool:
        return self.state in LIVE


def in_words(query: LogQuery, conditions: list[ConditionText]) -> str:
    """What was asked, in a line: whom or what first, then the range."""
    asked = [
        condition.words
        if condition.name == "q"
        else _("%(label)s: %(value)s") % {"label": condition.label, "value": condition.words}
        for condition in conditions
        if condition.name not in {"since", "until"}
    ]
    return _(", ").join([*asked, describe_period(query.conditions)])


def query_line(query: LogQuery) -> LogQueryLine:
    """``query``: with its parts loaded."""
    parts = list(query.parts.all())
    state = combined_state(parts)
    conditions = describe_conditions(query.conditions.items())
    return LogQueryLine(
        query=query,
        state=state,
        tone=TONES.get(state, "info"),
        conditions=conditions,
        words=in_words(query, conditions),
        scanned=units.format_size(sum(part.bytes_scanned for part in parts)),
        matched=sum(part.records_matched for part in parts),
        unreadable=sum(part.unreadable for part in parts),
        truncated=any(
            part.state == LogQueryState.COMPLETE and part.records_matched > part.events for part in parts
        ),
        failures=[_failure(part) for part in parts if part.state == LogQueryState.FAILED],
    )


def combined_state(parts: list[LogQueryPart]) -> LogQueryState:
    """The state of all parts together: under way while a part is, failed if a part has."""
    states = {LogQueryState(part.state) for part in parts}
    for state in (
        LogQueryState.RUNNING,
        LogQueryState.STARTING,
        LogQueryState.WAITING,
        LogQueryState.FAILED,
        LogQueryState.CANCELLED,
    ):
        if state in states:
            return state
    return LogQueryState.COMPLETE


def _failure(part: LogQueryPart) -> LogQueryFailure:
    words = QUERY_ERRORS.get(part.error_id, ERRORS["aws-failed"])
    return LogQueryFailure(part.account.name, words, part.error_code, part.error_message)
