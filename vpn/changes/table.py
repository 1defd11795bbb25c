"""The history of changes as rows of a spreadsheet."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from django.utils.translation import get_language, override, pgettext
from django.utils.translation import gettext as _

from portal.access.models import User
from portal.spreadsheets import zoned_title
from vpn.changes.pages import ChangeRow, change_rows
from vpn.endpoints.models import EndpointChange

# Names are asked once for so many changes.
CHUNK: Final = 500


def spreadsheet_titles() -> list[str]:
    return [
        zoned_title(_("Noticed")),
        zoned_title(_("Unchanged until")),
        _("Endpoint"),
        _("Endpoint id"),
        pgettext("history of changes", "Change"),
        _("Before"),
        _("After"),
        _("Origin"),
        _("Operation"),
        _("Who"),
        _("How"),
        zoned_title(_("Time of the call")),
        _("CloudTrail event"),
        _("CloudTrail event id"),
    ]


def spreadsheet_rows(changes: Iterable[EndpointChange], *, reader: User) -> Iterator[list[Any]]:
    """In the language that is active when this is called: they are sent when it may not be any more."""
    return _rows(iter(changes), reader, get_language() or "en")


def _rows(changes: Iterator[EndpointChange], reader: User, language: str) -> Iterator[list[Any]]:
    while chunk := list(islice(changes, CHUNK)):
        with override(language):
            rows = [_cells(row) for row in change_rows(chunk, reader=reader)]
        yield from rows


def _cells(row: ChangeRow) -> list[Any]:
    change = row.change
    before, after = (
        "\n".join(
            f"{value.label}: {text}" if value.label else text
            for value, text in ((value, getattr(value, side)) for value in row.values)
        )
        for side in ("before", "after")
    )
    requested_by = change.operation.requested_by_name if change.operation else ""
    return [
        change.noticed_at,
        change.unchanged_at,
        change.endpoint.label,
        change.endpoint.endpoint_id,
        row.heading,
        before,
        after,
        row.who.label,
        row.operation,
        requested_by or row.who.name or row.who.text,
        _(", ").join(row.who.details),
        row.who.at,
        change.event.get("name", ""),
        change.event_id,
    ]
