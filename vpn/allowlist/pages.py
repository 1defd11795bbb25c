"""The page for people: rows in words."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from vpn.allowlist.models import AddressState, PublicationEvent, PublicationKind
from vpn.allowlist.queries import AllowList, ListedAddress
from vpn.allowlist.texts import MISSING_TEXTS, event_text

TONES = {
    AddressState.CURRENT: "ok",
    AddressState.STANDBY: "info",
    AddressState.ANNOUNCED: "info",
    AddressState.LEAVING: "warn",
}
EVENT_TONES = {
    PublicationKind.LEAVING: "warn",
    PublicationKind.WITHDRAWN: "out",
    PublicationKind.WITHDRAWAL_ANNOUNCED: "warn",
}


@dataclass(frozen=True)
class AddressRow:
    line: ListedAddress
    tone: str
    state: str
    what_next: str


@dataclass(frozen=True)
class MissingRow:
    endpoint: str
    text: str


@dataclass(frozen=True)
class FormatLink:
    """``url``: with the portal's origin, as a script needs it."""

    name: str
    url: str
    what: str


@dataclass(frozen=True)
class HistoryRow:
    pk: int
    at: datetime
    tone: str
    kind: str
    text: str


def address_rows(published: AllowList) -> list[AddressRow]:
    return [
        AddressRow(
            line, "warn" if line.valid_until else TONES[line.state], str(line.state.label), _what_next(line)
        )
        for line in published.lines
    ]


def _what_next(line: ListedAddress) -> str:
    match line.state:
        case AddressState.ANNOUNCED:
            return _("Not in use yet. Have it permitted by the time that is given.")
        case AddressState.STANDBY:
            return _("In use as soon as the endpoint is brought up. Permit it now.")
        case AddressState.LEAVING:
            return _("No longer seen. It is taken off the list unless it comes back.")
        case AddressState.CURRENT if line.valid_until:
            return _("Will go. Permit it until then.")
    return _("Nothing is planned.")


def missing_rows(published: AllowList) -> list[MissingRow]:
    return [MissingRow(missing.endpoint, str(MISSING_TEXTS[missing.reason])) for missing in published.missing]


def format_links() -> list[FormatLink]:
    formats = (
        ("allowlist_text", _("Addresses only, one a line: what is to be permitted now")),
        ("allowlist_json", _("Everything, for programs")),
        ("allowlist_csv", _("Everything, as a table")),
        ("allowlist_terraform", _("Terraform: locals to copy or to include")),
        ("allowlist_atom", _("The history, for feed readers")),
    )
    return [
        FormatLink(reverse(name).removeprefix("/"), f"{settings.SITE_URL}{reverse(name)}", what)
        for name, what in formats
    ]


def history_rows(events: Iterable[PublicationEvent]) -> list[HistoryRow]:
    return [
        HistoryRow(
            event.pk,
            event.at,
            EVENT_TONES.get(PublicationKind(event.kind), "info"),
            str(PublicationKind(event.kind).label),
            event_text(event),
        )
        for event in events
    ]
