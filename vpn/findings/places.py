"""From where people connect: one person from two networks at once, two people on one device.

Addresses are compared with each other and with OFFICE_NETWORKS; nobody is asked where they are. Of the last three
days, so that a log which was read late is looked at too.
"""

from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings
from django.db import connection

from vpn.findings.found import DetectedFinding, key_of
from vpn.findings.models import FindingKind

WINDOW: Final = timedelta(days=3)
# Whoever changes from one network to another leaves a connection behind for a moment.
LEAST_OVERLAP: Final = timedelta(minutes=5)
# Who connects more often in these days is no person: a certificate's name that many share, or a script.
MOST_CONNECTIONS: Final = 300
# More names than these on one address: a hotel or a mobile carrier, not a device.
MOST_NAMES: Final = 4

# A connection without an end lasts until now if AWS still lists it; otherwise only what was logged of it is certain.
_RECENT: Final = """
WITH recent AS MATERIALIZED (
    SELECT person.username, lower(person.username) AS person, connection.connection_id, at, device_ip, device_type,
        CASE WHEN status = 'ended' THEN ended_at WHEN live.connection_id IS NULL THEN updated_at ELSE %(now)s
            END AS until,
        network(set_masklen(device_ip, CASE family(device_ip) WHEN 4 THEN 16 ELSE 32 END)) AS place
    FROM vpn_connection AS connection
        JOIN vpn_connectionuser AS person ON person.id = connection.user_id
        LEFT JOIN vpn_liveconnection AS live ON live.connection_id = connection.connection_id
    WHERE at >= %(since)s AND at <= %(now)s AND status IN ('open', 'ended') AND device_ip IS NOT NULL
        AND NOT device_ip <<= ANY(%(offices)s::inet[])
)
"""
# /16 and /32 are about what one provider gives out in one region; IPv4 and IPv6 can't be compared.
TWO_PLACES: Final = f"""
{_RECENT}, placed AS MATERIALIZED (
    SELECT * FROM recent
    WHERE person IN (
        SELECT person FROM recent GROUP BY person HAVING count(DISTINCT place) > 1 AND count(*) <= %(often)s
    )
), pairs AS (
    SELECT a.username, a.person, least(a.place, b.place) AS one, greatest(a.place, b.place) AS other,
        a.device_ip AS a_ip, b.device_ip AS b_ip, a.connection_id AS a_id, b.connection_id AS b_id, b.at AS since,
        least(a.until, b.until) AS until
    FROM placed AS a JOIN placed AS b
        ON a.person = b.person AND (b.at, b.connection_id) > (a.at, a.connection_id) AND a.place <> b.place
        AND family(a.place) = family(b.place) AND least(a.until, b.until) - b.at >= %(overlap)s
)
SELECT DISTINCT ON (person, one, other) username, person, one::text, other::text, host(a_ip), host(b_ip), a_id, b_id,
    since, until, count(*) OVER (PARTITION BY person, one, other)
FROM pairs ORDER BY person, one, other, since DESC
"""
SHARED_DEVICE: Final = f"""
{_RECENT}, devices AS (
    SELECT device_ip, device_type, array_agg(DISTINCT person ORDER BY person) AS people, min(at) AS since,
        max(until) AS until, count(*) AS connections
    FROM recent WHERE device_type IS NOT NULL GROUP BY device_ip, device_type
    HAVING count(DISTINCT person) BETWEEN 2 AND %(most)s AND count(*) <= %(often)s
)
SELECT host(device_ip), device_type, people, since, until, connections FROM devices
WHERE NOT EXISTS (
    SELECT FROM recent AS a JOIN recent AS b
        ON a.device_ip = b.device_ip AND a.device_type = b.device_type AND a.person < b.person
        AND a.at < b.until AND b.at < a.until
    WHERE a.device_ip = devices.device_ip AND a.device_type = devices.device_type
)
"""


def two_places(now: datetime) -> list[DetectedFinding]:
    names = ("username", "person", "one", "other", "a_ip", "b_ip", "a_id", "b_id", "since", "until", "times")
    return [
        DetectedFinding(
            FindingKind.TWO_PLACES,
            key_of(row["person"], row["one"], row["other"]),
            row["username"],
            {
                "addresses": [row["a_ip"], row["b_ip"]],
                "connections": [row["a_id"], row["b_id"]],
                "since": row["since"].isoformat(),
                "until": row["until"].isoformat(),
                "times": row["times"],
            },
        )
        for row in _rows(TWO_PLACES, now, names)
    ]


def shared_device(now: datetime) -> list[DetectedFinding]:
    """The log names no device: source IP and kind of device stand for it. Who overlaps has two devices."""
    names = ("address", "device_type", "people", "since", "until", "connections")
    return [
        DetectedFinding(
            FindingKind.SHARED_DEVICE,
            key_of(row["address"], row["device_type"], *row["people"]),
            row["address"],
            {
                "device_type": row["device_type"],
                "people": row["people"],
                "since": row["since"].isoformat(),
                "until": row["until"].isoformat(),
                "connections": row["connections"],
            },
        )
        for row in _rows(SHARED_DEVICE, now, names)
    ]


def _rows(sql: str, now: datetime, names: tuple[str, ...]) -> list[dict[str, Any]]:
    offices = [str(network) for networks in settings.OFFICE_NETWORKS.values() for network in networks]
    values: dict[str, Any] = {
        "now": now,
        "since": now - WINDOW,
        "overlap": LEAST_OVERLAP,
        "most": MOST_NAMES,
        "often": MOST_CONNECTIONS,
        "offices": offices,
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
