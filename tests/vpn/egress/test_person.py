"""What one person's pages are made of."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.access.models import User
from tests.vpn.connection_log.log_lines import failed, keep, started
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.egress.person import person_context
from vpn.profiles.models import ProfileDownload

pytestmark = pytest.mark.django_db


def test_of_somebody_new_there_is_nothing(tanaka: User) -> None:
    person = person_context(tanaka)
    assert person.endpoints == []
    assert (person.downloads.newest_by_endpoint, person.downloads.first_at) == ({}, None)
    assert person.downloads.newest is None
    assert (person.log_entries.ids, person.log_entries.first_connected_at) == ((), None)


def test_each_part_is_this_persons_and_nobody_elses(tanaka: User, sato: User) -> None:
    now, endpoint = timezone.now(), save_endpoint()
    for user in (sato, tanaka):
        for hours in (2, 1, 3):
            ProfileDownload.objects.create(
                user=user,
                endpoint=endpoint,
                configuration_hash=f"{user.pk}-{hours}",
                downloaded_at=now - timedelta(hours=hours),
            )
    keep([started(1, username=sato.username), started(2, username=tanaka.username.upper())])
    keep([failed(3, at="2026-11-20 04:00:00", username=tanaka.username)])
    own = save_connection(endpoint, tanaka.username.upper())
    save_connection(endpoint, sato.username, established_at=now)
    person = person_context(tanaka)
    assert (person.presence.active, person.presence.since) == (True, own.established_at)
    assert person.downloads.first_at == now - timedelta(hours=3)
    (newest,) = person.downloads.newest_by_endpoint.values()
    assert newest.configuration_hash == f"{tanaka.pk}-1"
    assert person.downloads.newest == newest
    assert len(person.log_entries.ids) == 2
