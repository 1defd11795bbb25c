"""The sections of an evidence pack, in their order: what isn't as it should be comes first.

Each function takes the moments between which it is asked and returns rows of plain values (text, numbers, None; moments
as ISO 8601 in UTC). Rows hold ids and codes as they are stored, so that a pack says the same in every language.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from portal.access.models import User
from portal.audit.models import AuditEvent
from portal.audit.tags import Tag
from vpn.assurance.models import AuditVerification, PartAcceptance, RequirementPeriod
from vpn.connection_log.coverage.queries import coverage
from vpn.connection_log.models import CONNECTED, FAILURES, Connection, ConnectionUser, LogSource
from vpn.directory.models import Directory, DirectoryUser
from vpn.directory.queries import group_names
from vpn.endpoints.models import AwsAccount, Endpoint, EndpointChange, LoggingPeriod
from vpn.operations.models import Operation

Row = list[Any]


@dataclass(frozen=True)
class EvidenceSection:
    """``columns``: a title for each value of a row."""

    id: str
    title: Promise
    note: Promise
    columns: tuple[Promise, ...]
    rows: Callable[[datetime, datetime], Iterable[Row]]


def _exceptions(since: datetime, until: datetime) -> Iterator[Row]:
    lasting = PartAcceptance.objects.filter(accepted_at__lt=until, until__gte=since)
    for accepted in lasting.select_related("endpoint"):
        yield [
            accepted.key,
            _label(accepted.endpoint),
            _moment(accepted.until),
            accepted.reason,
            accepted.accepted_by,
            _moment(accepted.accepted_at),
            _moment(accepted.withdrawn_at),
        ]
    # Only the newest answer to a question is kept outside the audit record.
    for event in AuditEvent.objects.filter(tag=Tag.REQUIREMENT_STATED, at__lt=until).order_by("sequence"):
        answer, last_day = event.details["answer"], event.details["until"]
        if last_day < f"{timezone.localdate(since)}":
            continue
        reason = event.details.get("reason", "")
        note = f"{answer}: {reason}" if reason else answer
        yield [event.target_id, "", last_day, note, event.actor, _moment(event.at), ""]


def _unknown(since: datetime, until: datetime) -> Iterator[Row]:
    """What the portal couldn't read when the pack was made, and times of which it has no connection log."""
    for kind, rows in (
        ("account", AwsAccount.objects.exclude(error_id="")),
        ("endpoint", Endpoint.objects.filter(vanished_at=None).exclude(error_id="")),
        ("log group", LogSource.objects.exclude(error_id="")),
        ("directory", Directory.objects.exclude(error_id="")),
    ):
        for row in rows:
            yield [kind, str(row), row.error_code or row.error_id, _moment(row.seen_at), ""]
    if not Directory.objects.filter(seen_at__isnull=False).exists():
        yield ["directory", "", "never-read", "", ""]
    for gap in coverage(since, until).gaps:
        labels = ", ".join(gap.labels)
        yield ["connection log", labels, str(gap.reason), _moment(gap.since), _moment(gap.until)]


def _access(since: datetime, until: datetime) -> Iterator[Row]:
    """By the rules that hold when the pack is made, and the groups of each person's last sign-in."""
    people = [
        (user.username, user.name, set(user.groups), _moment(user.last_login))
        for user in User.objects.filter(is_active=True).order_by("username")
    ]
    names = group_names()
    for endpoint in Endpoint.objects.filter(vanished_at=None).select_related("account"):
        # Rules for the same group admit the same people: a row for each of them would be longer, and say no more.
        destinations: dict[str, list[str]] = {}
        for rule in endpoint.authorization_rules:
            destinations.setdefault(rule["group_id"], []).append(rule["destination_cidr"])
        for group, cidrs in destinations.items():
            admitted = [person for person in people if not group or group in person[2]]
            cells = [endpoint.label, " ".join(sorted(cidrs)), group or "*", names.by_id.get(group, "")]
            if not admitted:
                yield [*cells, "", "", ""]
            for username, name, _groups, signed_in_at in admitted:
                yield [*cells, username, name, signed_in_at]


def _changes(since: datetime, until: datetime) -> Iterator[Row]:
    noticed = EndpointChange.objects.filter(noticed_at__gte=since, noticed_at__lt=until)
    for change in noticed.select_related("endpoint", "operation").order_by("pk"):
        yield [
            _moment(change.noticed_at),
            change.endpoint.label,
            change.part,
            change.subject,
            _value(change.before),
            _value(change.after),
            change.origin,
            change.operation.requested_by_username if change.operation else change.actor,
            change.operation.number if change.operation else None,
            change.event_id,
        ]


def _operations(since: datetime, until: datetime) -> Iterator[Row]:
    asked = Operation.objects.filter(created_at__gte=since, created_at__lt=until)
    for operation in asked.select_related("endpoint").order_by("number"):
        yield [
            operation.number,
            _moment(operation.created_at),
            operation.kind,
            _label(operation.endpoint),
            operation.requested_by_username,
            operation.reason,
            operation.decided_by_name,
            operation.status,
            _moment(operation.finished_at),
        ]


def _logging(since: datetime, until: datetime) -> Iterator[Row]:
    lasting = LoggingPeriod.objects.filter(Q(until=None) | Q(until__gte=since), since__lt=until)
    for period in lasting.select_related("endpoint").order_by("endpoint__label", "since"):
        yield [
            period.endpoint.label,
            period.log_group or "off",
            _moment(period.since),
            _moment(period.until),
        ]


def _sessions(since: datetime, until: datetime) -> Iterator[Row]:
    for endpoint in Endpoint.objects.filter(Q(vanished_at=None) | Q(vanished_at__gte=since)):
        began = Connection.objects.filter(endpoint_id=endpoint.endpoint_id, at__gte=since, at__lt=until)
        connected = began.filter(status__in=CONNECTED)
        ends = endpoint.settings.get("DisconnectOnSessionTimeout")
        yield [
            endpoint.label,
            connected.count(),
            began.filter(status__in=FAILURES).count(),
            connected.values("user").distinct().count(),
            endpoint.session_timeout_hours,
            "" if ends is None else str(ends).lower(),
        ]


def _offboarding(since: datetime, until: datetime) -> Iterator[Row]:
    """People whom the directory doesn't have any more. AWS ends no connection for that, so the last one is named."""
    left = DirectoryUser.objects.filter(vanished_at__gte=since, vanished_at__lt=until)
    for person in left.order_by("vanished_at"):
        names = {person.username.lower(), person.email.lower()} - {""}
        logged = ConnectionUser.objects.filter(lower_username__in=names).order_by("-last_connected_at")
        last = next((user.last_connected_at for user in logged if user.last_connected_at), None)
        yield [
            person.username,
            person.name,
            _moment(person.vanished_at),
            _moment(last),
            "yes" if last and person.vanished_at and last > person.vanished_at else "no",
        ]


def _requirements(since: datetime, until: datetime) -> Iterator[Row]:
    lasting = RequirementPeriod.objects.filter(until__gte=since, since__lt=until)
    for period in lasting.select_related("endpoint").order_by("requirement", "endpoint__label", "since"):
        yield [
            period.requirement,
            _label(period.endpoint),
            period.value,
            _moment(period.since),
            _moment(period.until),
        ]


def _audit_chain(since: datetime, until: datetime) -> Iterator[Row]:
    newest = AuditEvent.objects.order_by("-sequence").first()
    verified = AuditVerification.objects.first()
    yield [
        newest.sequence if newest else None,
        newest.hash if newest else "",
        _moment(verified.whole_at) if verified else "",
        verified.problem if verified else "",
    ]


def _label(endpoint: Endpoint | None) -> str:
    return endpoint.label if endpoint else ""


def _moment(moment: datetime | None) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else ""


def _value(value: Any) -> str:
    """A setting or an item as one text."""
    if isinstance(value, dict):
        return ", ".join(f"{key}={part}" for key, part in sorted(value.items()) if part not in ("", None, []))
    return "" if value is None else str(value)


_SINCE, _UNTIL = pgettext_lazy("evidence", "Since"), pgettext_lazy("evidence", "Until")
_ENDPOINT, _PERSON = _("Endpoint"), _("Person")
SECTIONS: Final = (
    EvidenceSection(
        "exceptions",
        _("Exceptions, with their end"),
        _("Parts of a requirement that an administrator accepted, and facts that somebody stated."),
        (_("Part"), _ENDPOINT, _UNTIL, _("Reason"), _("Who"), _SINCE, _("Withdrawn")),
        _exceptions,
    ),
    EvidenceSection(
        "unknown",
        _("What isn't known"),
        _("Sources that couldn't be read when this was made, and times without a connection log."),
        (_("Source"), _("Name"), _("Reason"), _("Last read, or since"), _UNTIL),
        _unknown,
    ),
    EvidenceSection(
        "access",
        _("Who has access, and why"),
        _(
            "Rules as they are when this is made. Groups are those of each person's last sign-in to the portal."
        ),
        (_ENDPOINT, _("Destination"), _("Group id"), _("Group"), _PERSON, _("Name"), _("Last sign-in")),
        _access,
    ),
    EvidenceSection(
        "changes",
        _("Changes of endpoints, also outside the portal"),
        _("What differed between two snapshots, and who made it as far as CloudTrail tells."),
        (
            _("Noticed"),
            _ENDPOINT,
            _("Part"),
            _("Subject"),
            _("Before"),
            _("After"),
            _("Origin"),
            _("Who"),
            _("Operation"),
            _("CloudTrail event id"),
        ),
        _changes,
    ),
    EvidenceSection(
        "operations",
        _("Operations of the portal"),
        _("Each with its reason, and who approved it."),
        (
            _("Number"),
            _("Asked for"),
            _("Kind"),
            _ENDPOINT,
            _("Who"),
            _("Reason"),
            _("Approved by"),
            _("Status"),
            _("Finished"),
        ),
        _operations,
    ),
    EvidenceSection(
        "logging",
        _("Connection logging"),
        _("From when to when each endpoint wrote its log, and where."),
        (_ENDPOINT, _("Log group"), _SINCE, _UNTIL),
        _logging,
    ),
    EvidenceSection(
        "sessions",
        _("Sessions"),
        _("Connections that began in these days, and how long AWS lets one last."),
        (
            _ENDPOINT,
            _("Connections"),
            _("Failed"),
            _("People"),
            _("Longest session (hours)"),
            _("Disconnected at its end"),
        ),
        _sessions,
    ),
    EvidenceSection(
        "offboarding",
        _("People who left"),
        _("Whom the directory doesn't have any more, and whether they connected after that."),
        (_PERSON, _("Name"), _("Left"), _("Last connected"), _("Connected after leaving")),
        _offboarding,
    ),
    EvidenceSection(
        "requirements",
        _("The five requirements"),
        _("Each value for as long as every evaluation gave it."),
        (_("Requirement"), _ENDPOINT, _("Status"), _SINCE, _UNTIL),
        _requirements,
    ),
    EvidenceSection(
        "audit-chain",
        _("The audit record"),
        _("The newest event when this was made, and when the whole chain was last found to be intact."),
        (_("Sequence"), _("Hash"), _("Found intact"), _("Problem")),
        _audit_chain,
    ),
)
