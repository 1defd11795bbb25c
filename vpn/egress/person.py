"""What one person's pages are made of, read in one statement for all that stands on them."""

from dataclasses import dataclass
from typing import Any, Final

from django.db import connection
from django.utils import timezone

from portal.access.models import User
from vpn.connection_log.search.people import PersonEntries
from vpn.egress.models import EgressCheck
from vpn.endpoints import queries as endpoints
from vpn.endpoints.models import Endpoint, LiveConnection
from vpn.endpoints.queries import PersonPresence
from vpn.onboarding.models import Onboarding
from vpn.operations.states import PENDING
from vpn.profiles.queries import DOWNLOADS, PersonDownloads, downloads_from


@dataclass(frozen=True)
class PersonContext:
    """``seen``: every endpoint that was ever seen; ``entries``: whom the connection log means by this person.

    ``check``: what was found last; ``onboarding``: how far this person is, not saved yet if nothing was ticked.
    ``work_planned``: an operation waits for its time, on whichever endpoint.
    """

    user: User
    seen: list[Endpoint]
    presence: PersonPresence
    downloads: PersonDownloads
    entries: PersonEntries
    check: EgressCheck | None
    onboarding: Onboarding
    work_planned: bool


# By name, since AWS need not write a username in the same case. Every part is one row, or none.
READ: Final = f"""
SELECT {endpoints.VERSIONS} AS versions,
    presence.id AS live_id, presence.endpoint_id AS live_endpoint, presence.established_at,
    EXISTS (
        SELECT FROM vpn_liveconnection AS live JOIN vpn_endpoint AS at ON at.id = live.endpoint_id
        WHERE username = '' AND vanished_at IS NULL
    ) AS unnamed,
    downloads.*, entries.*,
    onboarding.id AS onboarding_id, onboarding.installed_at, onboarding.connected_at, onboarding.egress_at,
    egress.finding, egress.address, egress.checked_at,
    EXISTS (
        SELECT FROM vpn_operation WHERE status = ANY(%(pending)s) AND not_before > %(now)s
    ) AS work_planned
FROM {DOWNLOADS} AS downloads
CROSS JOIN (
    SELECT array_agg(id) AS entries, min(first_connected_at) AS first_connected
    FROM vpn_connectionuser WHERE lower(username) = %(username)s
) AS entries
LEFT JOIN (
    SELECT live.id, live.endpoint_id, live.established_at
    FROM vpn_liveconnection AS live JOIN vpn_endpoint AS at ON at.id = live.endpoint_id
    WHERE lower(username) = %(username)s AND vanished_at IS NULL
    ORDER BY established_at DESC NULLS LAST LIMIT 1
) AS presence ON true
LEFT JOIN vpn_onboarding AS onboarding ON onboarding.user_id = %(user)s
LEFT JOIN vpn_egresscheck AS egress ON egress.user_id = %(user)s
"""  # noqa: S608 - of parts of our own


def person_of(user: User) -> PersonContext:
    row = _read(user)
    seen = endpoints.ever_seen_endpoints(versions=row["versions"])
    return PersonContext(
        user=user,
        seen=seen,
        presence=endpoints.presence_of(_live(row), unnamed=row["unnamed"], among=seen),
        downloads=downloads_from(
            row["downloaded"], row["downloaded_hashes"], row["downloaded_at"], row["first_download"]
        ),
        entries=PersonEntries(tuple(row["entries"] or ()), row["first_connected"]),
        check=_check(user, row),
        onboarding=_onboarding(user, row),
        work_planned=row["work_planned"],
    )


def _read(user: User) -> dict[str, Any]:
    values: dict[str, Any] = {
        "user": user.pk,
        "username": user.username.lower(),
        "pending": sorted(PENDING),
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(READ, values)
        return dict(zip((column.name for column in cursor.description), cursor.fetchone(), strict=True))


def _live(row: dict[str, Any]) -> LiveConnection | None:
    if row["live_id"] is None:
        return None
    names = ("id", "endpoint_id", "established_at")
    return LiveConnection.from_db(
        connection.alias, names, (row["live_id"], row["live_endpoint"], row["established_at"])
    )


def _check(user: User, row: dict[str, Any]) -> EgressCheck | None:
    if row["finding"] is None:
        return None
    return EgressCheck(
        user_id=user.pk, finding=row["finding"], address=row["address"], checked_at=row["checked_at"]
    )


def _onboarding(user: User, row: dict[str, Any]) -> Onboarding:
    return Onboarding(
        id=row["onboarding_id"],
        user_id=user.pk,
        installed_at=row["installed_at"],
        connected_at=row["connected_at"],
        egress_at=row["egress_at"],
    )
