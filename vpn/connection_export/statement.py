"""The COPY statements. PostgreSQL writes the lines; nothing here or behind looks at each."""

from collections.abc import Iterator
from typing import Any, Final

from django.db import DEFAULT_DB_ALIAS
from django.db.models import QuerySet

from portal.access.accounts import sql_person_key
from portal.access.models import User
from vpn.connect_attempts.models import ConnectAttempt
from vpn.connection_export.layout import ExportFormat, FileLayout
from vpn.connection_log.models import Connection, ConnectionUser
from vpn.connection_log.search.conditions import ConnectionSearch
from vpn.connection_log.search.queries import matching, nearest_first
from vpn.endpoints.models import Endpoint

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
    "policy_result",
    "policy_type",
    "policy_shadow_mode",
    "policy_reason",
    "policy_devices",
)
# Whose a row is: by its user_id, or named in the row itself.
BY_ID: Final = f"SELECT username AS logged_name FROM {ConnectionUser._meta.db_table} WHERE id = row.user_id"
BY_NAME: Final = "SELECT row.username AS logged_name"
CopyStatement = tuple[str, tuple[Any, ...]]


def copy_statement(connections: QuerySet[Connection], layout: FileLayout) -> CopyStatement:
    """COPY TO STDOUT of ``connections``, newest first, and its parameters."""
    # Where nobody has the name that is asked for, Django would not make SQL at all; the file has a header even so.
    rows, params = (
        connections.order_by()
        .values(*FIELDS)
        .query.get_compiler(DEFAULT_DB_ALIAS, elide_empty=False)
        .as_sql()
    )
    return copy_rows(rows, params, layout)


def copy_statements(search: ConnectionSearch, layout: FileLayout) -> Iterator[CopyStatement]:
    """The same in parts, newest first: the first is planned, and its first lines are there, before the others are."""
    connections = matching(search)
    if search.connection_id:
        yield copy_statement(connections, layout)
        return
    for part in nearest_first(search):
        yield copy_statement(connections.filter(at__gte=part.since, at__lt=part.until), layout)


def copy_rows(rows: str, params: tuple[Any, ...], layout: FileLayout, *, who: str = BY_ID) -> CopyStatement:
    """``rows``: a SELECT of FIELDS, with ``username`` instead of ``user_id`` where ``who`` is BY_NAME."""
    lines = _lines(rows, layout, who)
    if layout.format == ExportFormat.CSV:
        return f"COPY ({lines}) TO STDOUT (FORMAT csv)", params
    return f"COPY (SELECT row_to_json(line) FROM ({lines}) AS line) TO STDOUT ({RAW})", params


def _lines(rows: str, layout: FileLayout, who: str) -> str:
    """Names are looked up, and made safe, once for each person and endpoint.

    PostgreSQL memoizes a lateral subquery by what it refers to; OFFSET 0 keeps it from being merged into the query
    around it, where every row would be looked at anew. The order of the rows holds.
    """
    guard = layout.guard
    return (
        f"SELECT {', '.join(layout.cells)} FROM ({rows}) AS row"
        f" LEFT JOIN LATERAL (SELECT logged_name, {guard('logged_name')} AS username"
        f" FROM ({who}) AS logged OFFSET 0) AS who ON true"
        f" LEFT JOIN LATERAL (SELECT {guard('max(name)')} AS name FROM {User._meta.db_table}"
        f" WHERE account_key = {sql_person_key('who.logged_name')}) AS person ON true"
        f" LEFT JOIN LATERAL (SELECT {guard('row.endpoint_id')} AS endpoint_id,"
        f" (SELECT {guard('label')} FROM {Endpoint._meta.db_table} WHERE endpoint_id = row.endpoint_id) AS label"
        " OFFSET 0) AS place ON true"
        f" LEFT JOIN {ConnectAttempt._meta.db_table} AS attempt ON attempt.connection_id = row.connection_id"
        " ORDER BY row.at DESC, row.connection_id DESC"
    )
