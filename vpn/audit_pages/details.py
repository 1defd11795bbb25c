"""The details of an event in words: a row a field, in the reader's language, with ways to what they name.

The record keeps them as they were written, and its events are older than some version's words: what isn't known here is
shown as it is.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from portal.access.models import User
from portal.access.permissions import Permission, Role
from portal.access.tokens.scopes import in_words
from portal.audit.models import AuditEvent
from portal.audit.tags import Tag
from portal.audit.targets import TargetKind
from portal.text import join_words, with_label
from vpn.audit_pages.names import AuditNames
from vpn.audit_pages.ranges import AuditRange
from vpn.connection_export.stream import ExportOutcome
from vpn.connection_log.search.condition_text import describe_conditions, describe_period
from vpn.connection_summary.ranges import RangePreset
from vpn.findings.rules import RULES
from vpn.incidents.models import IncidentStage
from vpn.operation_kinds import get_kind
from vpn.operation_kinds.target_networks.pause_endpoint import PauseMoment
from vpn.operations.failure_texts import failure_text
from vpn.operations.schedules.forms import WEEKDAYS
from vpn.operations.states import OperationStatus

# Longer values, and values of several lines, are folded away in a list of events.
LONG: Final = 160
NOTHING: Final[tuple[Any, ...]] = ("", None, [], {})
PAGES: Final = {
    "live": gettext_lazy("Current connections"),
    "summary": gettext_lazy("Summary"),
    "findings": gettext_lazy("Findings"),
    "sources": gettext_lazy("Log groups"),
    "endpoint": gettext_lazy("Endpoint"),
    "operations": gettext_lazy("Operations"),
    "log-queries": gettext_lazy("Searches in CloudWatch Logs"),
    "audit": gettext_lazy("Audit record"),
    "tokens": gettext_lazy("API tokens"),
    "expectations": gettext_lazy("Expectations"),
}
STATES: Final = {
    "open": gettext_lazy("To look at"),
    "acknowledged": gettext_lazy("Acknowledged"),
    "resolved": gettext_lazy("Resolved"),
}
OUTCOMES: Final = {
    ExportOutcome.COMPLETE: gettext_lazy("Complete"),
    ExportOutcome.FAILED: gettext_lazy("Broke off"),
    ExportOutcome.CANCELLED: gettext_lazy("Cancelled by whoever downloaded it"),
}
METHODS: Final = {
    "saml": gettext_lazy("Work account (SAML)"),
    "breakglass": gettext_lazy("Break-glass link"),
}
LABELS: Final[dict[str, Any]] = {
    "acted": gettext_lazy("Changed something"),
    "after": gettext_lazy("After"),
    "at": gettext_lazy("Time"),
    "attributes": gettext_lazy("Attributes that were sent"),
    "before": gettext_lazy("Before"),
    "began_at": gettext_lazy("Began at"),
    "connection": gettext_lazy("Connection"),
    "count": pgettext_lazy("audit record", "Findings"),
    "detail": gettext_lazy("Details"),
    "disconnects": gettext_lazy("Disconnected by it"),
    "enabled": gettext_lazy("Switched on"),
    "endpoint": gettext_lazy("Endpoint"),
    "endpoints": gettext_lazy("Endpoints concerned"),
    "error_code": gettext_lazy("AWS's error code"),
    "error_id": gettext_lazy("Reason for failure"),
    "error_message": gettext_lazy("AWS's message"),
    "answer": gettext_lazy("Answer"),
    "until": gettext_lazy("Until the end of"),
    "expires_at": gettext_lazy("Valid until"),
    "finding": pgettext_lazy("audit record", "Finding"),
    "findings": gettext_lazy("Numbers of the findings"),
    "format": gettext_lazy("Format"),
    "further": gettext_lazy("Further refusals"),
    "groups": gettext_lazy("Groups"),
    "groups_joined": gettext_lazy("Values that hold several groups"),
    "groups_link": gettext_lazy("Link instead of groups"),
    "hint": gettext_lazy("Ends in"),
    "hours": gettext_lazy("Wait at most this many hours"),
    "kind": gettext_lazy("Kind"),
    "label": gettext_lazy("Endpoint"),
    "log_query": gettext_lazy("Search in CloudWatch Logs"),
    "method": gettext_lazy("Signed in by"),
    "minutes": gettext_lazy("Window"),
    "names_shown": gettext_lazy("Names shown within the hour"),
    "not_before": gettext_lazy("Begins at"),
    "operation": gettext_lazy("Operation"),
    "outcome": gettext_lazy("Outcome"),
    "owner": gettext_lazy("Owner"),
    "page": gettext_lazy("Page"),
    "pause_at": gettext_lazy("Pause at"),
    "range": gettext_lazy("Period"),
    "reason": gettext_lazy("Reason"),
    "resume_at": gettext_lazy("Resume at"),
    "roles": gettext_lazy("Roles"),
    "rows": gettext_lazy("Rows"),
    "schedule": gettext_lazy("Schedule"),
    "scopes": gettext_lazy("May"),
    "sha256": "SHA-256",
    "skipped_days": gettext_lazy("Days without a run"),
    "skips_holidays": gettext_lazy("Not on public holidays of Japan"),
    "stage": gettext_lazy("Stage"),
    "state": gettext_lazy("State"),
    "status": gettext_lazy("Status"),
    "step": gettext_lazy("Step"),
    "text_en": gettext_lazy("Text in English"),
    "text_ja": gettext_lazy("Text in Japanese"),
    "title_en": gettext_lazy("Title in English"),
    "title_ja": gettext_lazy("Title in Japanese"),
    "token": gettext_lazy("API token"),
    "typed": gettext_lazy("Typed as"),
    "undo_of": gettext_lazy("Undoes"),
    "unknown": gettext_lazy("Names that the portal didn't know"),
    "weekdays": gettext_lazy("Weekdays"),
    "when": gettext_lazy("When to pause"),
    "zone": gettext_lazy("Time zone"),
    # Of a search in the audit record
    "actor": pgettext_lazy("audit record", "Done by"),
    "address": gettext_lazy("From address"),
    "q": gettext_lazy("Search"),
    "sequence": gettext_lazy("Number"),
    "tag": pgettext_lazy("audit", "Event"),
    "target": pgettext_lazy("audit record", "About"),
}


@dataclass(frozen=True)
class DetailRow:
    label: str
    text: str
    url: str = ""

    @property
    def long(self) -> bool:
        return len(self.text) > LONG or "\n" in self.text


def detail_rows(event: AuditEvent, names: AuditNames, reader: User) -> list[DetailRow]:
    """Without what is empty. What the reader may not open has no URL."""
    return list(_rows(event, names, reader))


def detail_text(event: AuditEvent, names: AuditNames, reader: User) -> str:
    """All rows in one text, for a cell of a spreadsheet."""
    return "\n".join(with_label(row.label, row.text) for row in _rows(event, names, reader))


def _rows(event: AuditEvent, names: AuditNames, reader: User) -> Iterator[DetailRow]:
    details = dict(event.details)
    conditions = details.pop("conditions", None) or {}
    is_of_record = event.tag in {Tag.AUDIT_SEARCHED, Tag.AUDIT_EXPORTED}
    yield from _record_condition_rows(conditions) if is_of_record else _condition_rows(conditions, event)
    parameters = details.pop("parameters", None) or {}
    for name, value in details.items():
        if value in NOTHING:
            continue
        yield DetailRow(_label(name), _text(name, value, event, names), _url(name, value, names, reader))
    yield from _parameter_rows(event.details.get("kind", ""), parameters)


def _record_condition_rows(conditions: Mapping[str, Any]) -> Iterator[DetailRow]:
    """Of a search in the audit record, whose days are whole."""
    days = [_day(conditions.get(name)) for name in ("since", "until")]
    if any(conditions.get(name) for name in ("since", "until")):
        yield DetailRow(_("Period"), _("%(since)s to %(until)s") % {"since": days[0], "until": days[1]})
    for name, value in conditions.items():
        if name not in {"since", "until"}:
            words = WORDS.get(name)
            yield DetailRow(_label(name), words(value) if words else _plain(value))


def _condition_rows(conditions: Mapping[str, Any], event: AuditEvent) -> Iterator[DetailRow]:
    if period := describe_period(conditions):
        yield DetailRow(_("Period"), period)
    rest = {name: value for name, value in conditions.items() if name not in {"since", "until"}}
    described = describe_conditions((name, str(value)) for name, value in rest.items())
    for condition in described:
        yield DetailRow(str(condition.label), condition.words)
        rest.pop(condition.name)
    for name, value in rest.items():
        # The page stands there as what the event is about.
        if value not in NOTHING and not (name == "page" and event.target_kind):
            yield DetailRow(_label(name), str(PAGES.get(value, value)) if name == "page" else _plain(value))


def _parameter_rows(kind_slug: str, parameters: Mapping[str, Any]) -> Iterator[DetailRow]:
    """The parameters of an operation, by the labels of the form that asked for them."""
    fields = _form_fields(kind_slug)
    for name, value in parameters.items():
        if value in NOTHING:
            continue
        field = fields.get(name)
        label = str(field.label) if field and field.label else _label(name)
        choices = dict(getattr(field, "choices", ()) or ()) if field else {}
        shown = choices.get(value, value) if isinstance(value, str) else value
        yield DetailRow(label, _plain(shown))


def _form_fields(kind_slug: str) -> Mapping[str, Any]:
    try:
        return get_kind(kind_slug).form.base_fields
    except LookupError:
        return {}


def _label(name: str) -> str:
    return str(LABELS.get(name, name))


def _url(name: str, value: Any, names: AuditNames, reader: User) -> str:
    match name:
        case "operation" | "undo_of" if value in names.operations and reader.may(Permission.OPERATION_READ):
            return names.operations[value].get_absolute_url()
        case "connection" if reader.may(Permission.CONNECTION_READ):
            return reverse("connection", args=[value])
        case "finding":
            return reverse("connections_finding", args=[value])
        case "log_query":
            return reverse("log_query", args=[value])
    return ""


def _text(name: str, value: Any, event: AuditEvent, names: AuditNames) -> str:
    if name in {"operation", "undo_of"} and isinstance(value, int):
        return names.operation(value)
    if name == "endpoint":
        return names.endpoints.get(value, str(value))
    if name == "kind":
        return _kind(value, event)
    if name in {"before", "after"} and isinstance(value, list):
        return join_words(_role(role) for role in value)
    words = WORDS.get(name)
    return words(value) if words else _plain(value)


def _kind(value: str, event: AuditEvent) -> str:
    if event.target_kind in {TargetKind.FINDING, TargetKind.PAGE}:
        return str(RULES[value].label) if value in RULES else value
    try:
        return str(get_kind(value).title)
    except LookupError:
        return value


def _plain(value: Any) -> str:
    """Whatever it is: JSON's truth values in words, numbers in groups, objects as a line for each member."""
    match value:
        case bool():
            return _("Yes") if value else _("No")
        case int():
            return number_format(value, force_grouping=True)
        case dict():
            members = ((name, member) for name, member in value.items() if member not in NOTHING)
            return "\n".join(with_label(_label(name), _member(name, member)) for name, member in members)
        case list() if all(not isinstance(part, dict | list) for part in value):
            return join_words(map(_plain, value))
        case list():
            return json.dumps(value, ensure_ascii=False)
    return str(value)


def _member(name: str, value: Any) -> str:
    words = WORDS.get(name)
    if words and name in {"weekdays", "when", "began_at"}:
        return words(value)
    return json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else _plain(value)


def _role(value: str) -> str:
    return str(Role(value).label) if value in Role.values else value


def _choice(choices: Mapping[Any, Any]) -> Callable[[Any], str]:
    return lambda value: str(choices.get(value, value))


def _day(value: Any) -> str:
    try:
        return date_format(date.fromisoformat(value), "SHORT_DATE_FORMAT")
    except (TypeError, ValueError):
        return str(value or "…")


def _moment(value: Any) -> str:
    try:
        moment = datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return str(value)
    if moment.tzinfo is None:
        return str(value)
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


WORDS: Final[dict[str, Callable[[Any], str]]] = {
    "at": _moment,
    "began_at": _moment,
    "error_id": lambda value: str(failure_text(value)) or value,
    "expires_at": _moment,
    "format": lambda value: str(value).upper(),
    "further": lambda _value: _("In the log only, for the rest of this minute"),
    "hint": lambda value: f"…{value}",
    "method": _choice(METHODS),
    "minutes": lambda value: _("± %(minutes)s min") % {"minutes": value},
    "not_before": _moment,
    "outcome": _choice(OUTCOMES),
    "page": _choice(PAGES),
    "range": _choice({**dict(RangePreset.choices), **dict(AuditRange.choices)}),
    "roles": lambda value: join_words(map(_role, value)),
    "rows": lambda value: number_format(value, force_grouping=True),
    "schedule": lambda value: f"#{value}",
    "scopes": lambda value: join_words(str(words) for words in in_words(value)),
    "stage": _choice(dict(IncidentStage.choices)),
    "state": _choice(STATES),
    "status": _choice(dict(OperationStatus.choices)),
    "tag": _choice(dict(Tag.choices)),
    "weekdays": lambda value: join_words(str(dict(WEEKDAYS).get(str(day), day)) for day in value),
    "when": _choice(dict(PauseMoment.choices)),
}
