"""Whether a person is connected, as far as AWS can be believed to have said."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from portal.access.models import User
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import TOKYO
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.endpoints import services
from vpn.endpoints.presence import PersonPresence, find_presence
from vpn.endpoints.queries import STALE_AFTER_SNAPSHOTS, all_endpoints

pytestmark = pytest.mark.django_db
UNKNOWN = PersonPresence(active=None)


def presence_of_user(user: User) -> PersonPresence:
    return find_presence(user.username, endpoints=all_endpoints())


def test_who_is_connected_is_known_by_name(synced: Architecture, control: Control, tanaka: User) -> None:
    assert presence_of_user(tanaka).active is False
    place = {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": synced.tokyo.endpoint_id}
    made = control.connect(**place, username=tanaka.username.upper(), device_ip="198.51.100.27")
    services.sync_all()
    presence = presence_of_user(tanaka)
    assert (presence.active, presence.label) == (True, "tokyo-main")
    assert presence.since is not None
    assert presence.seen_at is not None
    control.disconnect(made["id"])
    services.sync_all()
    assert presence_of_user(tanaka).active is False


def test_a_connection_on_an_old_list_does_not_hide_one_on_a_fresh_list(tanaka: User) -> None:
    now = timezone.now()
    old = save_endpoint("osaka-dr", connections_seen_at=now - timedelta(hours=1))
    save_connection(old, tanaka.username, established_at=now)
    save_connection(save_endpoint(), tanaka.username, established_at=now - timedelta(hours=2))
    presence = presence_of_user(tanaka)
    assert (presence.active, presence.label) == (True, "tokyo-main")


def test_somebody_else_s_connection_is_not_mine(tanaka: User) -> None:
    save_connection(save_endpoint(), "k.sato@example.co.jp")
    assert presence_of_user(tanaka).active is False


@pytest.mark.parametrize("rival", ["", "JHARA"])
def test_a_name_in_another_case_is_mine_unless_it_is_another_account_s(rival: str) -> None:
    user = User.objects.create(username="jhara")
    if rival:
        User.objects.create(username=rival)
    save_connection(save_endpoint("tokyo-main"), username="JHARA")
    assert bool(presence_of_user(user).active) is not bool(rival)


def test_of_several_connections_the_newest_counts(tanaka: User) -> None:
    endpoint = save_endpoint()
    save_connection(endpoint, tanaka.username, established_at=timezone.now() - timedelta(hours=3))
    newest = save_connection(endpoint, tanaka.username)
    save_connection(endpoint, tanaka.username, established_at=None)
    assert presence_of_user(tanaka).since == newest.established_at


def test_before_any_endpoint_was_read_nothing_is_known(tanaka: User) -> None:
    assert presence_of_user(tanaka) == UNKNOWN
    save_endpoint(connections_seen_at=None)
    assert presence_of_user(tanaka) == UNKNOWN


def test_where_aws_names_nobody_nobody_is_away(tanaka: User) -> None:
    save_connection(save_endpoint(), "")
    assert presence_of_user(tanaka) == UNKNOWN


def test_an_old_look_tells_nothing_about_now(tanaka: User) -> None:
    old = timezone.now() - timedelta(seconds=STALE_AFTER_SNAPSHOTS * settings.SNAPSHOT_SECONDS + 1)
    endpoint = save_endpoint(connections_seen_at=old)
    assert presence_of_user(tanaka) == UNKNOWN
    save_connection(endpoint, tanaka.username)
    assert presence_of_user(tanaka) == UNKNOWN


def test_nobody_is_away_while_one_endpoint_s_look_is_old(tanaka: User) -> None:
    save_endpoint("osaka-dr", connections_seen_at=timezone.now() - timedelta(days=1))
    tokyo = save_endpoint()
    assert presence_of_user(tanaka) == UNKNOWN
    connection = save_connection(tokyo, tanaka.username)
    assert presence_of_user(tanaka) == PersonPresence(
        active=True,
        connection_id=connection.connection_id,
        endpoint_id=tokyo.endpoint_id,
        label="tokyo-main",
        since=connection.established_at,
        seen_at=tokyo.connections_seen_at,
    )


def test_what_vanished_says_nothing(tanaka: User) -> None:
    gone = save_endpoint("gone", vanished_at=timezone.now(), connections_seen_at=None)
    save_connection(gone, tanaka.username)
    save_connection(gone, "")
    save_endpoint()
    assert presence_of_user(tanaka).active is False


def test_who_is_away_was_away_when_the_oldest_list_of_connections_was_made(tanaka: User) -> None:
    older = timezone.now() - timedelta(seconds=settings.SNAPSHOT_SECONDS)
    save_endpoint("osaka-dr", connections_seen_at=older)
    save_endpoint()
    assert presence_of_user(tanaka) == PersonPresence(active=False, seen_at=older)
