"""The COPY statements. PostgreSQL writes the lines; nothing here or behind looks at each."""

from collections.abc import Iterator
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet, TextChoices

from portal.access.models import User
from vpn.connection_export.columns import COLUMNS, spreadsheet_text
from vpn.connection_log.models import Connection, ConnectionUser
from vpn.connection_log.search.conditions import ConnectionSearch
from vpn.connection_log.search.queries import matching, nearest_first
from vpn.endpoints.models import Endpoint


class ExportFormat(TextChoices):
    CSV = "csv", "CSV"
    NDJSON = "ndjson", "NDJSON"


# JSON has control characters in escaped form only, so neither is ever found in a line, and none is quoted.
RAW: Final = r"FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02'"
FIELDS: Final = (
    "at",
    "connection_id",
    "endpoint_id",
    "status",
    "user_id",
    "common_name",
    "device_type",
    "device_ip",
    "port",
    "transport_protocol",
    "client_ip",
    "client_ip_v6",
    "started_at",
    "updated_at",
    "ended_at",
    "duration_seconds",
    "ingress_bytes",
    "egress_bytes",
    "ingress_packets",
    "egress_packets",
    "failure_reason",
)


# Whose a row is: by its user_id, or named in the row itself.
BY_ID: Final = f" LEFT JOIN {ConnectionUser._meta.db_table} AS who ON who.id = row.user_id"
BY_NAME: Final = " CROSS JOIN LATERAL (SELECT row.username) AS who"
CopyStatement = tuple[str, tuple[Any, ...]]


def copy_statement(connections: QuerySet[Connection], form: ExportFormat) -> CopyStatement:
    """COPY TO STDOUT of ``connections``, newest first, and its parameters."""
    # Where nobody has the name that is asked for, Django would not make SQL at all; the file has a header even so.
    rows, params = (
        connections.order_by()
        .values(*FIELDS)
        .query.get_compiler(DEFAULT_DB_ALIAS, elide_empty=False)
        .as_sql()
    )
    return copy_rows(rows, params, form)


def copy_statements(search: ConnectionSearch, form: ExportFormat) -> Iterator[CopyStatement]:
    """The same in parts, newest first: the first is planned, and its first lines are there, before the others are."""
    connections = matching(search)
    if search.connection_id:
        yield copy_statement(connections, form)
        return
    for part in nearest_first(search):
        yield copy_statement(connections.filter(at__gte=part.since, at__lt=part.until), form)


def copy_rows(rows: str, params: tuple[Any, ...], form: ExportFormat, *, who: str = BY_ID) -> CopyStatement:
    """``rows``: a SELECT of FIELDS, with ``username`` instead of ``user_id`` where ``who`` is BY_NAME."""
    if form == ExportFormat.CSV:
        lines = _lines(rows, [spreadsheet_text(column) for column in COLUMNS], who)
        return f"COPY ({lines}) TO STDOUT (FORMAT csv)", params
    lines = _lines(rows, [f"{column.sql} AS {column.id}" for column in COLUMNS], who)
    return f"COPY (SELECT row_to_json(line) FROM ({lines}) AS line) TO STDOUT ({RAW})", params


def _lines(rows: str, columns: list[str], who: str) -> str:
    """Names are looked up once for each person and endpoint (PostgreSQL memoizes them), so that the order holds."""
    return (
        f"SELECT {', '.join(columns)} FROM ({rows}) AS row{who}"
        f" LEFT JOIN LATERAL (SELECT max(name) AS name FROM {User._meta.db_table}"
        " WHERE lower(username) = lower(who.username)) AS person ON true"
        f" LEFT JOIN {Endpoint._meta.db_table} AS place ON place.endpoint_id = row.endpoint_id"
        " ORDER BY row.at DESC, row.connection_id DESC"
    )
