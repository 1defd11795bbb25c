"""Audit events as rows of a spreadsheet."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from django.utils.translation import get_language, override, pgettext
from django.utils.translation import gettext as _

from portal.access.models import User
from portal.audit.models import AuditEvent
from portal.audit.targets import EVERYBODY
from portal.spreadsheets import zoned_title
from portal.text import join_words
from vpn.audit_pages.details import detail_text
from vpn.audit_pages.names import names_for
from vpn.audit_pages.rows import audit_row_with

# Names are asked once for so many events.
CHUNK: Final = 500


def spreadsheet_titles() -> list[str]:
    return [
        _("Number"),
        zoned_title(_("Time")),
        pgettext("audit", "Event"),
        _("Event id"),
        pgettext("audit record", "Done by"),
        _("Username"),
        pgettext("audit record", "About"),
        _("About (ids)"),
        _("From address"),
        _("Details"),
        _("Reference number"),
    ]


def spreadsheet_rows(events: Iterable[AuditEvent], *, reader: User) -> Iterator[list[Any]]:
    """Newest first, in the language that is active when this is called: they are sent when it may not be any more."""
    language = get_language() or "en"
    return _rows(iter(events), reader, language)


def _rows(events: Iterator[AuditEvent], reader: User, language: str) -> Iterator[list[Any]]:
    while chunk := list(islice(events, CHUNK)):
        with override(language):
            names = names_for(chunk)
            rows = [
                _row(event, detail_text(event, names, reader), audit_row_with(event, names, reader))
                for event in chunk
            ]
        yield from rows


def _row(event: AuditEvent, details: str, row: Any) -> list[Any]:
    ids = [name for name in (event.target_id, *event.people) if name]
    return [
        event.sequence,
        event.at,
        event.tag_label,
        event.tag,
        row.actor.text if row.actor else None,
        event.actor,
        _(", ").join(link.text for link in row.about),
        join_words(dict.fromkeys(_("Everybody") if name == EVERYBODY else name for name in ids)),
        event.address,
        details,
        event.reference,
    ]
