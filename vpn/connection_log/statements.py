"""The SQL of vpn/connection_log/store.py, in the order in which it runs.

``incoming`` holds the batch, and soon only what of it had not been stored; ``before`` the connections that it changes
as they were, ``after`` the same as they are now, ``settled`` the sign-ins whose status has changed since.

OFFSET 0 keeps a lookup by an index what it is. The planner knows nothing about rows that have just come, takes them for
few, and would compare each with each.
"""

from typing import Final

from vpn.connection_log.log_event import EventKind
from vpn.connection_log.log_row import COLUMNS, NOTHING
from vpn.connection_log.models import LONGEST_SIGN_IN

SIGN_IN: Final = f"interval '{LONGEST_SIGN_IN.total_seconds():.0f} seconds'"
FIRST_LEG: Final = EventKind.WAITING | EventKind.ASSERTION_RECEIVED

# A crash of PostgreSQL may take the newest batches back, together with the cursor that moved with them.
SETTINGS: Final = """
SET LOCAL synchronous_commit = off;
SET LOCAL jit = off;
SET LOCAL work_mem = '64MB'
"""
TEMPORARY_TABLES: Final = """
CREATE TEMPORARY TABLE IF NOT EXISTS incoming (
    connection_id text COLLATE "C", endpoint_id text, at timestamptz, digest bigint, kind smallint,
    username text, common_name text, device_type text, device_ip inet, port integer, transport_protocol text,
    client_ip inet, client_ip_v6 inet, started_at timestamptz, ended_at timestamptz, duration_seconds bigint,
    ingress_bytes bigint, egress_bytes bigint, ingress_packets bigint, egress_packets bigint,
    failure_reason text, reset_status text
);
CREATE TEMPORARY TABLE IF NOT EXISTS before (LIKE vpn_connection);
CREATE TEMPORARY TABLE IF NOT EXISTS after (LIKE vpn_connection);
CREATE TEMPORARY TABLE IF NOT EXISTS settled (at timestamptz, endpoint_id text, unfinished bigint);
TRUNCATE incoming, before, after, settled
"""

COPY_INCOMING: Final = f"COPY incoming ({', '.join(COLUMNS)}) FROM STDIN (NULL '{NOTHING}')"
COPY_EVENTS: Final = "COPY vpn_connectionevent (connection_id, at, digest, raw) FROM STDIN (FORMAT binary)"

TAKE_OUT_STORED: Final = """
DELETE FROM incoming
WHERE EXISTS (
    SELECT FROM vpn_connectionevent AS known
    WHERE known.connection_id = incoming.connection_id AND known.at = incoming.at AND known.digest = incoming.digest
        AND known.at BETWEEN %(low)s AND %(high)s
    OFFSET 0
)
RETURNING connection_id, digest
"""

CONNECTION: Final = """at, connection_id, endpoint_id, status, seen, user_id, common_name, device_type, device_ip, port,
    transport_protocol, client_ip, client_ip_v6, started_at, updated_at, ended_at, duration_seconds,
    ingress_bytes, egress_bytes, ingress_packets, egress_packets, failure_reason, reset_status"""

# In one partition, by the hash index. With a range of ``at`` in it, the planner would read all of that range instead.
TAKE_KNOWN: Final = f"""
WITH taken AS (
    DELETE FROM {{partition}} WHERE ctid = ANY (ARRAY(
        SELECT place FROM (SELECT DISTINCT connection_id AS touched FROM incoming) AS incoming
        CROSS JOIN LATERAL (
            SELECT ctid AS place FROM {{partition}} WHERE connection_id = touched OFFSET 0
        ) AS known
    )) RETURNING {CONNECTION}
)
INSERT INTO before ({CONNECTION}) SELECT {CONNECTION} FROM taken
"""

# Connections that the events belong to may lie anywhere.
WIDEN: Final = f"""
SELECT least(min(at) - {SIGN_IN}, %(low)s), greatest(max(at) + {SIGN_IN}, %(high)s) FROM before
"""

# Beginning and end of a first leg are not those of the connection, even where both have the same id. AWS shows no
# example of a first leg: it may tell a start and a duration of its own. A reset after it ends a connection only if that
# had an address; one that lies before the connection's beginning was the first leg's, or its time is wrong.
JOIN_EVENTS: Final = f"""
WITH said AS (
    SELECT connection_id, endpoint_id,
        CASE WHEN kind & {FIRST_LEG:d} > 0 THEN least(at, started_at) ELSE at END AS at,
        kind | CASE WHEN username IS NULL THEN 0 ELSE {EventKind.NAMED:d} END AS seen,
        username, common_name, device_type, device_ip, port, transport_protocol, client_ip, client_ip_v6,
        CASE WHEN kind & {FIRST_LEG:d} = 0 THEN started_at END AS started_at, at AS updated_at,
        CASE WHEN kind = {EventKind.RESET:d} THEN coalesce(ended_at, at) END AS ended_at,
        CASE WHEN kind & {FIRST_LEG:d} = 0 THEN duration_seconds END AS duration_seconds,
        ingress_bytes, egress_bytes, ingress_packets, egress_packets, failure_reason, reset_status
    FROM incoming
    UNION ALL
    SELECT connection_id, endpoint_id, at, seen,
        CASE WHEN seen & {EventKind.NAMED:d} > 0 THEN known.username
            ELSE nullif(known.username, before.common_name) END,
        common_name, device_type, device_ip, port, transport_protocol, client_ip, client_ip_v6, started_at, updated_at,
        ended_at, duration_seconds, ingress_bytes, egress_bytes, ingress_packets, egress_packets,
        failure_reason, reset_status
    FROM before LEFT JOIN vpn_connectionuser AS known ON known.id = before.user_id
), joined AS (
    SELECT coalesce(min(started_at), min(at)) AS at, connection_id, max(endpoint_id) AS endpoint_id,
        bit_or(seen) AS seen, coalesce(max(username), max(common_name)) AS username,
        max(common_name) AS common_name, max(device_type) AS device_type, max(device_ip) AS device_ip,
        max(port) AS port, max(transport_protocol) AS transport_protocol, max(client_ip) AS client_ip,
        max(client_ip_v6) AS client_ip_v6, min(started_at) AS started_at, max(updated_at) AS updated_at,
        max(ended_at) AS ended_at, max(duration_seconds) AS duration_seconds,
        max(ingress_bytes) AS ingress_bytes, max(egress_bytes) AS egress_bytes,
        max(ingress_packets) AS ingress_packets, max(egress_packets) AS egress_packets,
        max(failure_reason) AS failure_reason, max(reset_status) AS reset_status
    FROM said GROUP BY connection_id
), named AS (
    INSERT INTO vpn_connectionuser (username, connections)
    SELECT DISTINCT username, 0 FROM joined
    WHERE username IS NOT NULL
        AND NOT EXISTS (SELECT FROM vpn_connectionuser AS known WHERE known.username = joined.username)
    RETURNING id, username
), users AS (
    SELECT id, username FROM named UNION ALL SELECT id, username FROM vpn_connectionuser
)
INSERT INTO after
SELECT at, connection_id, endpoint_id,
    CASE
        WHEN seen & {EventKind.SUCCESSFUL:d} > 0 THEN CASE WHEN ended_at >= started_at OR
            seen & {EventKind.RESET:d} > 0 AND (started_at IS NULL OR seen & {FIRST_LEG:d} = 0)
            THEN 'ended' ELSE 'open' END
        WHEN seen & {EventKind.FAILED:d} > 0 THEN 'failed'
        WHEN seen & {FIRST_LEG:d} > 0 AND (seen & {EventKind.RESET:d} = 0 OR coalesce(client_ip, client_ip_v6) IS NULL)
            THEN 'unfinished'
        ELSE 'ended'
    END,
    seen, users.id, common_name, device_type, device_ip, port, transport_protocol, client_ip, client_ip_v6,
    started_at, updated_at, ended_at,
    CASE WHEN ended_at IS NULL OR started_at IS NULL THEN duration_seconds
        ELSE greatest(extract(epoch FROM ended_at - started_at)::bigint, 0) END,
    ingress_bytes, egress_bytes, ingress_packets, egress_packets, failure_reason, reset_status
FROM joined LEFT JOIN users USING (username)
"""

# In order of time, which is the primary key's.
KEEP_CONNECTIONS: Final = "INSERT INTO vpn_connection SELECT * FROM after ORDER BY at, connection_id"

# A first leg led to something if the same device has an outcome at the same endpoint soon after, and that wasn't waited
# for under its own id. Where the log doesn't say that the assertion was received, only the last leg before that outcome
# did: people behind one address sign in at the same time, and one person tries several times. Looked at are the legs
# around what has changed, where it is now and where it was.
SETTLE_SIGN_INS: Final = f"""
WITH near AS MATERIALIZED (
    SELECT DISTINCT leg.* FROM (
        SELECT at, device_ip, endpoint_id FROM after UNION SELECT at, device_ip, endpoint_id FROM before
    ) AS changed
    CROSS JOIN LATERAL (
        SELECT at, connection_id, device_ip, device_type, endpoint_id, seen, status FROM vpn_connection AS leg
        WHERE leg.device_ip = changed.device_ip AND leg.at BETWEEN changed.at - {SIGN_IN} AND changed.at + {SIGN_IN}
            AND leg.endpoint_id = changed.endpoint_id
            AND leg.status IN ('unfinished', 'sign-in') AND leg.at BETWEEN %(low)s AND %(high)s
        OFFSET 0
    ) AS leg
), judged AS (
    SELECT leg.at, leg.connection_id, CASE WHEN EXISTS (
        SELECT FROM vpn_connection AS outcome
        WHERE outcome.device_ip = leg.device_ip AND outcome.at BETWEEN leg.at AND leg.at + {SIGN_IN}
            AND outcome.at BETWEEN %(low)s AND %(high)s
            AND outcome.endpoint_id = leg.endpoint_id AND outcome.status IN ('open', 'ended', 'failed')
            AND coalesce(outcome.device_type = leg.device_type, TRUE) AND outcome.seen & {EventKind.WAITING:d} = 0
            AND (leg.seen & {EventKind.ASSERTION_RECEIVED:d} > 0 OR NOT EXISTS (
                SELECT FROM vpn_connection AS later
                WHERE later.device_ip = leg.device_ip AND later.at > leg.at AND later.at <= outcome.at
                    AND later.at BETWEEN %(low)s AND %(high)s
                    AND later.endpoint_id = leg.endpoint_id AND later.status IN ('unfinished', 'sign-in')
                    AND coalesce(later.device_type = leg.device_type, TRUE)
            ))
    ) THEN 'sign-in' ELSE 'unfinished' END AS status
    FROM near AS leg
), changed AS (
    UPDATE vpn_connection AS leg SET status = judged.status FROM judged
    WHERE leg.at = judged.at AND leg.connection_id = judged.connection_id AND leg.status <> judged.status
    RETURNING leg.at, leg.endpoint_id, leg.status
)
INSERT INTO settled SELECT at, endpoint_id, CASE status WHEN 'unfinished' THEN 1 ELSE -1 END FROM changed
"""

CHANGES: Final = """
    SELECT 1 AS sign, after.* FROM after UNION ALL SELECT -1, before.* FROM before
"""

COUNT: Final = f"""
WITH changes AS NOT MATERIALIZED ({CHANGES}), counted AS (
    SELECT at AS moment, endpoint_id, CASE WHEN status IN ('open', 'ended') THEN sign ELSE 0 END AS connected,
        0 AS ended, CASE status WHEN 'failed' THEN sign ELSE 0 END AS failed,
        CASE status WHEN 'unfinished' THEN sign ELSE 0 END AS unfinished,
        0::bigint AS seconds, 0::bigint AS ingress_bytes, 0::bigint AS egress_bytes
    FROM changes WHERE status <> 'sign-in'
    UNION ALL
    SELECT coalesce(ended_at, updated_at), endpoint_id, 0, CASE status WHEN 'ended' THEN sign ELSE 0 END, 0, 0,
        sign * coalesce(duration_seconds, 0), sign * ingress_bytes, sign * egress_bytes
    FROM changes WHERE status IN ('open', 'ended')
    UNION ALL
    SELECT at, endpoint_id, 0, 0, 0, unfinished, 0, 0, 0 FROM settled
)
INSERT INTO vpn_connectiontally AS tally
    (bucket, endpoint_id, connected, ended, failed, unfinished, seconds, ingress_bytes, egress_bytes)
SELECT date_bin('10 minutes', moment, '2000-01-01Z') AS bucket, endpoint_id, sum(connected), sum(ended), sum(failed),
    sum(unfinished), sum(seconds), sum(ingress_bytes), sum(egress_bytes)
FROM counted GROUP BY bucket, endpoint_id
ON CONFLICT (bucket, endpoint_id) DO UPDATE SET
    connected = tally.connected + excluded.connected, ended = tally.ended + excluded.ended,
    failed = tally.failed + excluded.failed, unfinished = tally.unfinished + excluded.unfinished,
    seconds = tally.seconds + excluded.seconds, ingress_bytes = tally.ingress_bytes + excluded.ingress_bytes,
    egress_bytes = tally.egress_bytes + excluded.egress_bytes
"""

COUNT_FAILURES: Final = f"""
WITH changes AS NOT MATERIALIZED ({CHANGES}), counted AS (
    SELECT at, endpoint_id, coalesce(failure_reason, '') AS reason, sign FROM changes WHERE status = 'failed'
    UNION ALL
    SELECT at, endpoint_id, 'waiting-for-assertion', sign FROM changes WHERE status = 'unfinished'
    UNION ALL
    SELECT at, endpoint_id, 'waiting-for-assertion', unfinished FROM settled
)
INSERT INTO vpn_failuretally AS tally (bucket, endpoint_id, reason, failures)
SELECT date_bin('10 minutes', at, '2000-01-01Z') AS bucket, endpoint_id, reason, sum(sign)
FROM counted GROUP BY bucket, endpoint_id, reason HAVING sum(sign) <> 0
ON CONFLICT (bucket, endpoint_id, reason) DO UPDATE SET failures = tally.failures + excluded.failures
"""

COUNT_USERS: Final = f"""
WITH changes AS NOT MATERIALIZED ({CHANGES}), counted AS (
    SELECT user_id, sum(sign) AS connections, min(at) AS first, max(at) AS last
    FROM changes WHERE user_id IS NOT NULL AND status IN ('open', 'ended') GROUP BY user_id
)
UPDATE vpn_connectionuser AS known SET
    connections = known.connections + counted.connections,
    first_connected_at = least(known.first_connected_at, counted.first),
    last_connected_at = greatest(known.last_connected_at, counted.last)
FROM counted WHERE known.id = counted.user_id
"""

# What is the first or the last no more: a late event has moved a connection's beginning, or given it to somebody else.
# Whoever has none left goes with vpn/connection_log/ingest/retention.py.
COUNT_USERS_ANEW: Final = """
WITH moved AS (
    SELECT user_id, min(at) AS first, max(at) AS last FROM (
        SELECT user_id, at, connection_id FROM before WHERE user_id IS NOT NULL AND status IN ('open', 'ended')
        EXCEPT SELECT user_id, at, connection_id FROM after WHERE status IN ('open', 'ended')
    ) AS gone GROUP BY user_id
)
UPDATE vpn_connectionuser AS known SET
    first_connected_at = CASE WHEN moved.first > known.first_connected_at THEN known.first_connected_at ELSE (
        SELECT min(at) FROM vpn_connection WHERE user_id = known.id AND status IN ('open', 'ended')
    ) END,
    last_connected_at = CASE WHEN moved.last < known.last_connected_at THEN known.last_connected_at ELSE (
        SELECT max(at) FROM vpn_connection WHERE user_id = known.id AND status IN ('open', 'ended')
    ) END
FROM moved WHERE known.id = moved.user_id
"""

# For vpn/connection_log/summary, which counts these days anew. A connection lasts a day at most: no day lies between.
NOTE_DAYS: Final = f"""
WITH changes AS NOT MATERIALIZED ({CHANGES})
INSERT INTO vpn_changedday (day)
SELECT (at AT TIME ZONE 'UTC')::date FROM changes WHERE status <> 'sign-in'
UNION SELECT (coalesce(ended_at, updated_at) AT TIME ZONE 'UTC')::date FROM changes WHERE status <> 'sign-in'
UNION SELECT (at AT TIME ZONE 'UTC')::date FROM settled
"""

# What becomes of the connections, once all that was known of them has been taken out.
JOIN: Final = ";".join(
    (
        JOIN_EVENTS,
        KEEP_CONNECTIONS,
        SETTLE_SIGN_INS,
        COUNT,
        COUNT_FAILURES,
        COUNT_USERS,
        COUNT_USERS_ANEW,
        NOTE_DAYS,
    )
)
