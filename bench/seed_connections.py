"""Connections of a company, by the million, from a seed: straight into the partitions, indexes built after.

``python -m tests.environment python -m bench.seed_connections --rows 1000000`` with DATABASE_URL set fills that
database; benchmarks call ``ensure()``. The same seed and ``until`` make the same rows on any machine.
"""

import argparse
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import django
from django.core.management import call_command
from django.db import connection

DAYS: Final = 400
PEOPLE: Final = 5000
ENDPOINTS: Final = tuple(f"cvpn-endpoint-0000000000000000{number}" for number in "123")

# u(i, k): a number in [0, 1) that depends on the row, the purpose and the seed, and on nothing else.
FUNCTION: Final = """
CREATE OR REPLACE FUNCTION pg_temp.u(i bigint, k integer) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(i, {seed} * 1000 + k) & 9007199254740991) / 9007199254740992.0 $$
"""

PEOPLE_SQL: Final = """
INSERT INTO vpn_connectionuser (id, username, connections)
SELECT i, chr(97 + (i * 7 %% 26)::int) || '.' || (%(surnames)s::text[])[1 + (i * 31 %% %(count)s)::int]
    || CASE WHEN i > 200 THEN i::text ELSE '' END || '@example.co.jp', 0
FROM generate_series(1, %(people)s) AS i
"""
PORTAL_PEOPLE: Final = """
INSERT INTO access_user (username, email, name, groups, roles, is_active, created_at)
SELECT username, username, (%(kanji)s::text[])[1 + (id * 31 %% %(count)s)::int] || ' '
    || (%(given)s::text[])[1 + (id * 13 %% %(given_count)s)::int], '{{}}', '{{employee}}', true, %(created)s
FROM vpn_connectionuser ON CONFLICT DO NOTHING
"""
SURNAMES: Final = (
    "sato suzuki takahashi tanaka watanabe ito yamamoto nakamura kobayashi kato yoshida yamada sasaki yamaguchi "
    "matsumoto inoue kimura hayashi shimizu saito abe ikeda hashimoto ishikawa ogawa okada hasegawa goto"
)
KANJI: Final = (
    "佐藤 鈴木 高橋 田中 渡辺 伊藤 山本 中村 小林 加藤 吉田 山田 佐々木 山口 松本 井上 木村 林 清水 斎藤 "
    "阿部 池田 橋本 石川 小川 岡田 長谷川 後藤"
)
GIVEN: Final = "美咲 健 彩花 翔 さくら 大輔 結衣 蓮 陽菜 大翔 葵 悠真 凛"

# Four in ten begin in the morning of Japan, and the rest over its day and night; weekends are quiet.
ROWS: Final = """
INSERT INTO {table}
WITH drawn AS MATERIALIZED (
    SELECT i, day + interval '1 second' * floor(CASE
            WHEN pg_temp.u(i, 1) < 0.4 THEN pg_temp.u(i, 2) * 9000
            WHEN pg_temp.u(i, 1) < 0.85 THEN pg_temp.u(i, 2) * 36000
            ELSE pg_temp.u(i, 2) * 86400 END) AS at,
        1 + floor({people} * power(pg_temp.u(i, 3), 1.3))::bigint AS person,
        pg_temp.u(i, 4) AS outcome, pg_temp.u(i, 5) AS place,
        pg_temp.u(i, 6) + pg_temp.u(i, 7) + pg_temp.u(i, 8) - 1.5 AS long,
        pg_temp.u(i, 9) + pg_temp.u(i, 10) + pg_temp.u(i, 11) - 1.5 AS big
    FROM unnest(%s::timestamptz[], %s::bigint[], %s::bigint[]) AS days(day, first, many),
        LATERAL generate_series(first, first + many - 1) AS i
), timed AS MATERIALIZED (
    SELECT *, CASE WHEN outcome < 0.94 THEN least(86400, 30 + floor(exp(8.2 + 2.6 * long)))::bigint END AS seconds
    FROM drawn
), said AS MATERIALIZED (
    SELECT *, at + interval '1 second' * seconds AS ending, ('{{0.94,0.97,0.98}}'::float8[]) AS steps FROM timed
)
SELECT at, 'cvpn-connection-0' || lpad(to_hex(hashint8extended(i, {seed})), 16, '0'),
    (%s::text[])[1 + ((person + CASE WHEN place < 0.1 THEN 1 ELSE 0 END) %% 3)::int],
    CASE WHEN outcome < 0.94 THEN CASE WHEN ending < %s THEN 'ended' ELSE 'open' END
        WHEN outcome < 0.97 THEN 'failed' WHEN outcome < 0.98 THEN 'unfinished' ELSE 'sign-in' END,
    CASE WHEN outcome < 0.94 THEN CASE WHEN ending < %s THEN 17 ELSE 1 END
        WHEN outcome < 0.97 THEN 2 WHEN outcome < 0.98 THEN 4 ELSE 12 END,
    CASE WHEN outcome < 0.97 THEN person END, NULL,
    (ARRAY['win', 'win', 'win', 'mac', 'mac', 'linux'])[1 + (person %% 6)::int],
    CASE WHEN place > 0.9 THEN inet '100.64.0.0' + floor(pg_temp.u(i, 12) * 512)::bigint
        WHEN person %% 20 = 0 THEN inet '2001:db8::' + (person << 32)
        ELSE inet '11.0.0.0' + (hashint8extended(person, {seed}) & 1073741823) END,
    1024 + floor(pg_temp.u(i, 13) * 64000)::int, 'udp',
    CASE WHEN outcome < 0.94 THEN inet '10.8.0.2' + floor(pg_temp.u(i, 14) * 65000)::bigint END, NULL,
    CASE WHEN outcome < 0.94 THEN at END,
    CASE WHEN ending < %s THEN ending ELSE at END,
    CASE WHEN ending < %s THEN ending END,
    CASE WHEN ending < %s THEN seconds WHEN outcome < 0.97 THEN 0 END,
    CASE WHEN ending < %s THEN floor(exp(15 + 3 * big))::bigint ELSE 0 END,
    CASE WHEN ending < %s THEN floor(exp(17 + 3 * big))::bigint ELSE 0 END,
    CASE WHEN ending < %s THEN floor(exp(8 + 3 * big))::bigint ELSE 0 END,
    CASE WHEN ending < %s THEN floor(exp(10 + 3 * big))::bigint ELSE 0 END,
    CASE WHEN outcome >= 0.94 AND outcome < 0.97 THEN (%s::text[])[1 + floor(power(pg_temp.u(i, 15), 2) * %s)::int] END,
    NULL
FROM said ORDER BY said.at
"""
REASONS: Final = (
    "authorization-policy-deny",
    "client-connect-failed",
    "client-connect-handler-timed-out",
    "client-connect-handler-other-execution-error",
    "client-connect-handler-throttled",
    "client-connect-handler-invalid-response",
    "client-connect-handler-service-error",
)

SUMS: Final = """
TRUNCATE vpn_connectiontally, vpn_failuretally;
INSERT INTO vpn_connectiontally
    (bucket, endpoint_id, connected, open, failed, unfinished, seconds)
SELECT date_bin('10 minutes', moment, '2000-01-01Z') AS bucket, endpoint_id, sum(connected), sum(open), sum(failed),
    sum(unfinished), sum(seconds)
FROM (
    SELECT at AS moment, endpoint_id, (status IN ('open', 'ended'))::int AS connected,
        (status = 'open')::int AS open, (status = 'failed')::int AS failed,
        (status = 'unfinished')::int AS unfinished, 0 AS seconds
    FROM vpn_connection WHERE status <> 'sign-in'
    UNION ALL
    SELECT coalesce(ended_at, updated_at), endpoint_id, 0, 0, 0, 0, coalesce(duration_seconds, 0)
    FROM vpn_connection WHERE status IN ('open', 'ended')
) AS counted GROUP BY bucket, endpoint_id;
INSERT INTO vpn_failuretally (bucket, endpoint_id, reason, failures)
SELECT date_bin('10 minutes', at, '2000-01-01Z') AS bucket, endpoint_id,
    CASE status WHEN 'failed' THEN coalesce(failure_reason, '') ELSE 'waiting-for-assertion' END AS reason, count(*)
FROM vpn_connection WHERE status IN ('failed', 'unfinished') GROUP BY bucket, endpoint_id, reason;
UPDATE vpn_connectionuser AS known SET connections = counted.connections, first_connected_at = first,
    last_connected_at = last
FROM (
    SELECT user_id, count(*) AS connections, min(at) AS first, max(at) AS last
    FROM vpn_connection WHERE status IN ('open', 'ended') AND user_id IS NOT NULL GROUP BY user_id
) AS counted WHERE counted.user_id = known.id;
SELECT setval('vpn_connectionuser_id_seq', (SELECT max(id) FROM vpn_connectionuser))
"""


def ensure(rows: int, *, seed: int = 1, until: datetime | None = None) -> datetime:
    """Fill the database unless it holds these rows already; returns ``until``, the moment they end at.

    ``until`` is today's midnight (UTC) unless given. Raises ValueError if there are other rows.
    """
    call_command("migrate", verbosity=0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*), max(at) FROM vpn_connection")
        held, newest = cursor.fetchone() or (0, None)
    if held == rows and newest is not None:
        return until or newest.replace(hour=0, minute=0, second=0) + timedelta(days=1)
    if held:
        raise ValueError(f"The database holds {held} connections, not {rows}. Take an empty one.")
    until = until or datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    _fill(rows, seed=seed, until=until)
    return until


def _fill(rows: int, *, seed: int, until: datetime) -> None:
    began = time.monotonic()
    with connection.cursor() as cursor:
        cursor.execute(
            "SET work_mem = '256MB'; SET maintenance_work_mem = '512MB'; SET synchronous_commit = off"
        )
        cursor.execute(FUNCTION.format(seed=seed))
        _people(cursor, until)
        for month, days in _months(rows, until):
            _month(cursor, month, days, seed=seed, until=until)
            print(f"{month}  {time.monotonic() - began:.0f} s", flush=True)
        cursor.execute(SUMS)
        cursor.execute("ANALYZE")
        cursor.execute("RESET work_mem; RESET maintenance_work_mem; RESET synchronous_commit")
        connection.set_autocommit(True)
        cursor.execute("VACUUM")


def _people(cursor: Any, until: datetime) -> None:
    cursor.execute(
        PEOPLE_SQL, {"surnames": SURNAMES.split(), "count": len(SURNAMES.split()), "people": PEOPLE}
    )
    kanji, given = KANJI.split(), GIVEN.split()
    values = {"kanji": kanji, "count": len(kanji), "given": given, "given_count": len(given)}
    cursor.execute(PORTAL_PEOPLE.format(), values | {"created": until - timedelta(days=DAYS)})


def _months(rows: int, until: datetime) -> Iterator[tuple[str, list[tuple[datetime, int, int]]]]:
    """Each month with its days: (midnight UTC, number of the first row, how many)."""
    days = [until - timedelta(days=back) for back in range(DAYS, 0, -1)]
    weights = [0.15 if day.weekday() >= 5 else 1.0 for day in days]
    ends = [round(rows * sum(weights[: number + 1]) / sum(weights)) for number in range(DAYS)]
    spans = [(day, first, end - first) for day, first, end in zip(days, [0, *ends], ends, strict=False)]
    for month in sorted({f"{day:%Y_%m}" for day in days}):
        yield month, [span for span in spans if f"{span[0]:%Y_%m}" == month]


def _month(
    cursor: Any, month: str, days: list[tuple[datetime, int, int]], *, seed: int, until: datetime
) -> None:
    table, low = f"vpn_connection_{month}", datetime.strptime(month, "%Y_%m").replace(tzinfo=UTC)
    high = (low + timedelta(days=32)).replace(day=1)
    events = f"vpn_connectionevent_{month}"
    cursor.execute(f"CREATE TABLE {table} (LIKE vpn_connection INCLUDING STATISTICS)")
    cursor.execute(
        ROWS.format(table=table, people=PEOPLE, seed=seed),
        [*map(list, zip(*days, strict=True)), list(ENDPOINTS), *[until] * 9, list(REASONS), len(REASONS)],
    )
    # ATTACH builds the indexes that the migration asks for.
    for parent, part in (("vpn_connection", table), ("vpn_connectionevent", events)):
        if parent != "vpn_connection":
            cursor.execute(f"CREATE TABLE {part} (LIKE {parent})")
        bounds = f"FROM ('{low.isoformat()}') TO ('{high.isoformat()}')"
        cursor.execute(f"ALTER TABLE {parent} ATTACH PARTITION {part} FOR VALUES {bounds}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    print(ensure(options.rows, seed=options.seed).isoformat())


if __name__ == "__main__":
    main()
