"""Long lists, newest first, by key instead of page number: as fast at the end as at the beginning.

A cursor names a row by the values that the list is ordered by. A page begins after it, so it stays what it is while new
rows are added at the top.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import DateTimeField, Model, Q, QuerySet
from django.http import HttpRequest

Row = TypeVar("Row", bound=Model)

PAGE_SIZE: Final = 50
# Longer than any cursor of ours.
MAX_CURSOR_LENGTH: Final = 128


@dataclass(frozen=True)
class KeysetPage(Generic[Row]):
    """Rows of a list, newest first. ``newer``, ``older``: cursors for ``after`` and ``before``; empty at that end."""

    rows: list[Row]
    newer: str
    older: str


def keyset_page(
    rows: QuerySet[Row],
    *,
    ordering: tuple[str, ...],
    before: str = "",
    after: str = "",
    size: int = PAGE_SIZE,
) -> KeysetPage[Row]:
    """Up to ``size`` rows older than the cursor ``before``, or newer than ``after``.

    ``ordering``: fields, all descending, that tell each row from every other; only the last may be text. A cursor that
    can't be read is as good as none. Where there is less than a page above ``after``, it is the first page.
    """
    newest_first = [f"-{name}" for name in ordering]
    if start := decode_cursor(rows.model, ordering, after):
        # One more than is shown tells whether there are more.
        above = list(rows.filter(_beyond(ordering, start, "gt")).order_by(*ordering)[: size + 1])
        if len(above) > size:
            shown = above[:size][::-1]
            return KeysetPage(shown, encode_cursor(shown[0], ordering), encode_cursor(shown[-1], ordering))
    start = decode_cursor(rows.model, ordering, "" if start else before)
    below = rows.filter(_beyond(ordering, start, "lt")) if start else rows
    shown = list(below.order_by(*newest_first)[: size + 1])
    more, shown = len(shown) > size, shown[:size]
    return KeysetPage(
        shown,
        newer=encode_cursor(shown[0], ordering) if start and shown else "",
        older=encode_cursor(shown[-1], ordering) if more else "",
    )


def page_links(request: HttpRequest, page: KeysetPage[Any], *, fragment: str = "") -> dict[str, str]:
    """``newer_url`` and ``older_url`` for components/pages.html: this URL, from another cursor on."""
    return {
        "newer_url": _page_url(request, fragment, after=page.newer),
        "older_url": _page_url(request, fragment, before=page.older),
    }


def encode_cursor(row: Model, ordering: tuple[str, ...]) -> str:
    """The values of a row's ``ordering`` fields, like ``2026-08-01T09:30:00Z_cvpn-connection-0123``."""
    return "_".join(_as_text(getattr(row, name)) for name in ordering)


def decode_cursor(model: type[Model], ordering: tuple[str, ...], cursor: str) -> list[Any]:
    """What encode_cursor() was given; an empty list for whatever is no cursor: they come from URLs."""
    texts = cursor.split("_", len(ordering) - 1)
    if not cursor or len(cursor) > MAX_CURSOR_LENGTH or len(texts) != len(ordering) or "\0" in cursor:
        return []
    try:
        return [_parse(model._meta.get_field(name), text) for name, text in zip(ordering, texts, strict=True)]
    except (ValueError, OverflowError, ValidationError):
        return []


def _as_text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return str(value)


def _parse(field: Any, text: str) -> Any:
    if not isinstance(field, DateTimeField):
        return field.to_python(text)
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("no time zone")
    # PostgreSQL refuses offsets of 16 hours and more.
    return moment.astimezone(UTC)


def _beyond(ordering: tuple[str, ...], values: list[Any], comparison: str) -> Q:
    """Rows that come after ``values`` in the order, as (a, b) < (x, y) is meant in SQL.

    The bound of the first field is repeated by itself: it is what an index and partition pruning can use.
    """
    condition, equal = Q(), Q()
    for name, value in zip(ordering, values, strict=True):
        condition |= equal & Q((f"{name}__{comparison}", value))
        equal &= Q((name, value))
    return condition & Q((f"{ordering[0]}__{comparison}e", values[0])) if len(ordering) > 1 else condition


def _page_url(request: HttpRequest, fragment: str, **position: str) -> str:
    query = request.GET.copy()
    for name in ("before", "after"):
        query.pop(name, None)
    for name, cursor in position.items():
        if not cursor:
            return ""
        query[name] = cursor
    return f"{request.path}?{query.urlencode(safe=':')}{fragment}"
