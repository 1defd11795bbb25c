"""What one person's pages are made of, from one statement."""

from datetime import timedelta

import pytest
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from portal.access.models import User
from tests.vpn.connection_log.log_lines import failed, keep, started
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.egress.models import EgressCheck
from vpn.egress.person import person_of
from vpn.endpoints.models import Endpoint
from vpn.onboarding.models import Onboarding
from vpn.profiles.models import ProfileDownload

pytestmark = pytest.mark.django_db


def test_of_somebody_new_there_is_nothing(tanaka: User) -> None:
    person = person_of(tanaka)
    assert (person.seen, person.check, person.work_planned) == ([], None, False)
    assert (person.downloads.newest_of, person.downloads.first_at) == ({}, None)
    assert (person.entries.ids, person.entries.first_connected_at) == ((), None)
    assert person.onboarding.pk is None
    assert person.onboarding.installed_at is None


def test_each_part_is_this_persons_and_nobody_elses(tanaka: User, sato: User) -> None:
    now, endpoint = timezone.now(), save_endpoint()
    for user in (sato, tanaka):
        EgressCheck.objects.create(user=user, finding="vpn", address="203.0.113.10", checked_at=now)
        Onboarding.objects.create(user=user, installed_at=now, connected_at=now, egress_at=now)
        for hours in (2, 1, 3):
            ProfileDownload.objects.create(
                user=user,
                endpoint=endpoint,
                configuration_hash=f"{user.pk}-{hours}",
                downloaded_at=now - timedelta(hours=hours),
            )
    keep([started(1, username=sato.username), started(2, username=tanaka.username.upper())])
    keep([failed(3, at="2026-11-20 04:00:00", username=tanaka.username)])
    mine = save_connection(endpoint, tanaka.username.upper())
    save_connection(endpoint, sato.username)
    person = person_of(tanaka)
    assert person.presence.connection == mine
    assert person.presence.connection.connection_id == mine.connection_id
    assert person.check == EgressCheck.objects.get(user=tanaka)
    assert (person.check.finding, person.check.address, person.check.checked_at) == (
        "vpn",
        "203.0.113.10",
        now,
    )
    assert person.onboarding == Onboarding.objects.get(user=tanaka)
    assert person.downloads.first_at == now - timedelta(hours=3)
    (newest,) = person.downloads.newest_of.values()
    assert newest.configuration_hash == f"{tanaka.pk}-1"
    assert len(person.entries.ids) == 2


def test_a_change_of_an_endpoint_is_seen_at_once(
    tanaka: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first, second = save_endpoint("a"), save_endpoint("b")
    assert [one.label for one in person_of(tanaka).seen] == ["a", "b"]
    with django_assert_num_queries(1):
        assert [one.label for one in person_of(tanaka).seen] == ["a", "b"]
    Endpoint.objects.filter(pk=first.pk).update(label="c")
    assert [one.label for one in person_of(tanaka).seen] == ["b", "c"]
    # Twice in one transaction, and back to what it was
    Endpoint.objects.filter(pk=first.pk).update(label="d")
    Endpoint.objects.filter(pk=first.pk).update(label="a")
    assert [one.label for one in person_of(tanaka).seen] == ["a", "b"]
    second.delete()
    assert [one.label for one in person_of(tanaka).seen] == ["a"]
