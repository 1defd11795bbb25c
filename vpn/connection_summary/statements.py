"""The SQL that counts one day anew. ``low`` and ``high`` are its midnights, ``day`` is its date."""

from typing import Final

_HOURS: Final = ", ".join(f"count(*) FILTER (WHERE hour = {hour})" for hour in range(24))

FORGET_DAY: Final = """
DELETE FROM vpn_summaryday WHERE day = %(day)s;
DELETE FROM vpn_personday WHERE day = %(day)s;
DELETE FROM vpn_extreme WHERE day = %(day)s;
DELETE FROM vpn_personmonth WHERE month = date_trunc('month', %(day)s::date)::date;
DELETE FROM vpn_personspan WHERE first <= %(day)s AND last >= %(day)s
"""

# Whoever is connected at the day's beginning began within the 24 hours before, the longest session that AWS allows.
COUNT_DAY: Final = f"""
WITH rows AS MATERIALIZED (
    SELECT endpoint_id COLLATE "C" AS endpoint_id, status, user_id, coalesce(duration_seconds, 0) AS seconds,
        ingress_bytes, egress_bytes, failure_reason, extract(hour FROM at AT TIME ZONE %(zone)s) AS hour
    FROM vpn_connection WHERE at >= %(low)s AND at < %(high)s AND status <> 'sign-in'
), sums AS (
    SELECT coalesce(endpoint_id, '') AS endpoint_id, count(*) FILTER (WHERE status IN ('open', 'ended')) AS connected,
        count(*) FILTER (WHERE status = 'failed') AS failed,
        count(*) FILTER (WHERE status = 'unfinished') AS unfinished,
        coalesce(sum(seconds) FILTER (WHERE status IN ('open', 'ended')), 0) AS seconds,
        sum(ingress_bytes) AS ingress_bytes, sum(egress_bytes) AS egress_bytes,
        count(DISTINCT user_id) FILTER (WHERE status IN ('open', 'ended')) AS people, ARRAY[{_HOURS}] AS hours
    FROM rows GROUP BY GROUPING SETS ((endpoint_id), ()) HAVING count(*) > 0
), reasons AS (
    SELECT coalesce(endpoint_id, '') AS endpoint_id, reason, count(*) AS failures
    FROM (
        SELECT endpoint_id, CASE status WHEN 'failed' THEN coalesce(failure_reason, '')
            ELSE 'waiting-for-assertion' END AS reason
        FROM rows WHERE status IN ('failed', 'unfinished')
    ) AS failed GROUP BY GROUPING SETS ((endpoint_id, reason), (reason))
), failures AS (
    SELECT endpoint_id, jsonb_object_agg(reason, failures) AS failures FROM reasons GROUP BY endpoint_id
), spells AS MATERIALIZED (
    SELECT endpoint_id COLLATE "C" AS endpoint_id, greatest(at, %(low)s) AS since,
        CASE status WHEN 'ended' THEN greatest(at, coalesce(ended_at, latest_end_at)) ELSE %(now)s END AS until
    FROM vpn_connection
    WHERE at >= %(low)s - interval '24 hours' AND at < %(high)s AND status IN ('open', 'ended')
), steps AS MATERIALIZED (
    SELECT endpoint_id, since AS moment, 1 AS step FROM spells WHERE until > %(low)s
    UNION ALL SELECT endpoint_id, until, -1 FROM spells WHERE until > %(low)s AND until < %(high)s
), together AS (
    SELECT endpoint_id, moment, sum(step) OVER (PARTITION BY endpoint_id ORDER BY moment, step) AS connected FROM steps
    UNION ALL
    SELECT '', moment, sum(step) OVER (ORDER BY moment, step) FROM steps
), highest AS (
    -- How many, and of equal ones the earliest moment: in one number, because a maximum needs no sorting.
    SELECT endpoint_id, max((connected << 40) - extract(epoch FROM moment)::bigint) AS top FROM together
    GROUP BY endpoint_id
), peaks AS (
    SELECT endpoint_id, (top >> 40) + 1 AS peak, to_timestamp((((top >> 40) + 1) << 40) - top) AS peak_at
    FROM highest
)
INSERT INTO vpn_summaryday (day, endpoint_id, zone, connected, failed, unfinished, seconds, ingress_bytes, egress_bytes,
    people, peak, peak_at, hours, failures, counted_at)
SELECT %(day)s, endpoint_id, %(zone)s, coalesce(connected, 0), coalesce(failed, 0), coalesce(unfinished, 0),
    coalesce(seconds, 0), coalesce(ingress_bytes, 0), coalesce(egress_bytes, 0), coalesce(people, 0),
    coalesce(peak, 0), peak_at, coalesce(hours, array_fill(0, ARRAY[24])), coalesce(failures, '{{}}'), %(now)s
FROM sums FULL JOIN peaks USING (endpoint_id) LEFT JOIN failures USING (endpoint_id)
"""

COUNT_PEOPLE: Final = """
INSERT INTO vpn_personday (day, endpoint_id, user_id, connections, seconds, ingress_bytes, egress_bytes)
SELECT %(day)s, endpoint_id, user_id, count(*), sum(coalesce(duration_seconds, 0)), sum(ingress_bytes),
    sum(egress_bytes)
FROM vpn_connection
WHERE at >= %(low)s AND at < %(high)s AND status IN ('open', 'ended') AND user_id IS NOT NULL
GROUP BY endpoint_id, user_id ORDER BY endpoint_id, user_id
"""

KEEP_EXTREMES: Final = """
INSERT INTO vpn_extreme (day, endpoint_id, connection_id, at, user_id, seconds, bytes)
SELECT %(day)s, endpoint_id, connection_id, at, user_id, seconds, bytes
FROM (
    SELECT *, row_number() OVER (PARTITION BY endpoint_id ORDER BY seconds DESC, connection_id) AS longest,
        row_number() OVER (PARTITION BY endpoint_id ORDER BY bytes DESC, connection_id) AS largest
    FROM (
        SELECT endpoint_id, connection_id, at, user_id, coalesce(duration_seconds, 0) AS seconds,
            ingress_bytes + egress_bytes AS bytes
        FROM vpn_connection WHERE at >= %(low)s AND at < %(high)s AND status IN ('open', 'ended')
    ) AS connections
) AS ranked WHERE longest <= 10 OR largest <= 10
"""

# Months of this zone that are over, have days, and no sums.
MISSING_MONTHS: Final = """
SELECT month::date FROM generate_series(
    (SELECT date_trunc('month', min(day)) FROM vpn_personday), %(this_month)s::date - 1, interval '1 month'
) AS month
WHERE NOT EXISTS (SELECT FROM vpn_personmonth WHERE vpn_personmonth.month = month.month)
"""

COUNT_MONTH: Final = """
INSERT INTO vpn_personmonth (month, endpoint_id, user_id, connections, seconds, ingress_bytes, egress_bytes)
SELECT %(month)s::date, endpoint_id, user_id, sum(connections), sum(seconds), sum(ingress_bytes), sum(egress_bytes)
FROM vpn_personday WHERE day >= %(month)s::date AND day < %(month)s::date + interval '1 month'
GROUP BY endpoint_id, user_id ORDER BY endpoint_id, user_id
"""

# The recount is a task of the worker's, and there is only one at a time.
ROOM: Final = "SET LOCAL work_mem = '64MB'"

COUNT_SPAN: Final = """
INSERT INTO vpn_personspan (first, last, endpoint_id, user_id, connections, seconds, ingress_bytes, egress_bytes)
SELECT %(first)s, %(last)s, endpoint_id, user_id, sum(connections), sum(seconds), sum(ingress_bytes), sum(egress_bytes)
FROM (
    SELECT endpoint_id, user_id, connections, seconds, ingress_bytes, egress_bytes FROM vpn_personmonth
    WHERE month = ANY(%(months)s::date[])
    UNION ALL
    SELECT endpoint_id, user_id, connections, seconds, ingress_bytes, egress_bytes FROM vpn_personday
    WHERE day = ANY(%(days)s::date[])
) AS parts GROUP BY endpoint_id, user_id ORDER BY endpoint_id, user_id
"""

FORGET_BEFORE: Final = """
DELETE FROM vpn_summaryday WHERE day < %(day)s;
DELETE FROM vpn_personday WHERE day < %(day)s;
DELETE FROM vpn_extreme WHERE day < %(day)s;
DELETE FROM vpn_personmonth WHERE month < date_trunc('month', %(day)s::date)
"""

# Days that were counted for another zone are not days of this one.
OTHER_ZONE: Final = """
WITH gone AS (DELETE FROM vpn_summaryday WHERE zone <> %(zone)s RETURNING day)
INSERT INTO vpn_changedday (day) SELECT DISTINCT unnest(ARRAY[day - 1, day, day + 1]) FROM gone
"""
