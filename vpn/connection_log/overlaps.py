"""Connections compared with each other: one person from two networks at once, several people on one device.

Both read the last three days, so that a log which was imported late is looked at too. Addresses are compared with each
other and with OFFICE_NETWORKS; nobody is asked where they are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.conf import settings

from portal.access.accounts import sql_person_key
from vpn.connection_log.database import fetch_rows

PERIOD: Final = timedelta(days=3)
# Whoever changes from one network to another leaves a connection behind for a moment.
MIN_OVERLAP: Final = timedelta(minutes=5)
# Who connects more often in these days is no person: a certificate's name that many share, or a script.
MAX_CONNECTIONS: Final = 300
# More names than these on one address: a hotel or a mobile carrier, not a device.
MAX_PEOPLE: Final = 4

# A connection without an end lasts until now if AWS still lists it; otherwise only what was logged of it is certain.
# /16 and /32 are about what one provider gives out in one region.
_RECENT: Final = f"""
WITH person AS MATERIALIZED (
    SELECT id, username, {sql_person_key("vpn_connectionuser.username")} AS key FROM vpn_connectionuser
), recent AS MATERIALIZED (
    SELECT person.username, person.key AS person, connection.connection_id, at, device_ip, device_type,
        coalesce(ended_at, CASE WHEN status = 'open' AND live.connection_id IS NOT NULL THEN %(now)s ELSE updated_at
            END) AS until,
        network(set_masklen(device_ip, CASE family(device_ip) WHEN 4 THEN 16 ELSE 32 END)) AS network
    FROM vpn_connection AS connection
        JOIN person ON person.id = connection.user_id
        LEFT JOIN vpn_liveconnection AS live ON live.connection_id = connection.connection_id
    WHERE at >= %(since)s AND at <= %(now)s AND status IN ('open', 'ended') AND device_ip IS NOT NULL
        AND NOT device_ip <<= ANY(%(offices)s::inet[])
)
"""
# IPv4 and IPv6 can't be compared: the same place has both.
_OVERLAPPING_NETWORKS: Final = f"""
{_RECENT}, candidates AS MATERIALIZED (
    SELECT * FROM recent
    WHERE person IN (
        SELECT person FROM recent GROUP BY person
        HAVING count(DISTINCT network) > 1 AND count(*) <= %(max_connections)s
    )
), pairs AS (
    SELECT a.username, a.person, least(a.network, b.network) AS lower_network,
        greatest(a.network, b.network) AS upper_network, a.device_ip AS a_ip, b.device_ip AS b_ip,
        a.connection_id AS a_id, b.connection_id AS b_id, b.at AS since, least(a.until, b.until) AS until
    FROM candidates AS a JOIN candidates AS b
        ON a.person = b.person AND (b.at, b.connection_id) > (a.at, a.connection_id) AND a.network <> b.network
        AND family(a.network) = family(b.network) AND least(a.until, b.until) - b.at >= %(min_overlap)s
)
SELECT DISTINCT ON (person, lower_network, upper_network) username, person,
    ARRAY[lower_network::text, upper_network::text], ARRAY[host(a_ip), host(b_ip)], ARRAY[a_id, b_id], since, until,
    count(*) OVER (PARTITION BY person, lower_network, upper_network)
FROM pairs ORDER BY person, lower_network, upper_network, since DESC
"""
_SHARED_DEVICES: Final = f"""
{_RECENT}, devices AS (
    SELECT device_ip, device_type, array_agg(DISTINCT person ORDER BY person) AS people, min(at) AS since,
        max(until) AS until, count(*) AS connections
    FROM recent WHERE device_type IS NOT NULL GROUP BY device_ip, device_type
    HAVING count(DISTINCT person) BETWEEN 2 AND %(max_people)s AND count(*) <= %(max_connections)s
)
SELECT host(device_ip), device_type, people, since, until, connections FROM devices
WHERE NOT EXISTS (
    SELECT FROM recent AS a JOIN recent AS b
        ON a.device_ip = b.device_ip AND a.device_type = b.device_type AND a.person < b.person
        AND a.at < b.until AND b.at < a.until
    WHERE a.device_ip = devices.device_ip AND a.device_type = devices.device_type
)
"""


@dataclass(frozen=True)
class NetworkOverlap:
    """The newest overlap of a person's connections from two networks; ``times``: how many there were.

    ``username`` is as the log has it, ``person`` the same for all names of the person.
    """

    username: str
    person: str
    networks: Sequence[str]
    addresses: Sequence[str]
    connection_ids: Sequence[str]
    since: datetime
    until: datetime
    times: int


@dataclass(frozen=True)
class SharedDevice:
    """Connections of several people, never at the same time, from one source IP with one type of device."""

    address: str
    device_type: str
    people: Sequence[str]
    since: datetime
    until: datetime
    connections: int


def overlapping_networks(now: datetime) -> list[NetworkOverlap]:
    """One for each person and pair of networks. Overlaps of less than five minutes don't count."""
    return [NetworkOverlap(*row) for row in _rows(_OVERLAPPING_NETWORKS, now)]


def shared_devices(now: datetime) -> list[SharedDevice]:
    return [SharedDevice(*row) for row in _rows(_SHARED_DEVICES, now)]


def _rows(sql: str, now: datetime) -> list[tuple[Any, ...]]:
    offices = [str(network) for networks in settings.OFFICE_NETWORKS.values() for network in networks]
    values: dict[str, Any] = {
        "now": now,
        "since": now - PERIOD,
        "min_overlap": MIN_OVERLAP,
        "max_people": MAX_PEOPLE,
        "max_connections": MAX_CONNECTIONS,
        "offices": offices,
    }
    return fetch_rows(sql, values)
