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
from vpn.egress.person import person_of
from vpn.endpoints import queries, services

pytestmark = pytest.mark.django_db


def test_who_is_connected_is_known_by_name(synced: Architecture, control: Control, tanaka: User) -> None:
    assert person_of(tanaka).presence == queries.PersonPresence(known=True)
    place = {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": synced.tokyo.endpoint_id}
    made = control.connect(**place, username=tanaka.username.upper(), device_ip="198.51.100.27")
    services.sync_all()
    presence = person_of(tanaka).presence
    assert presence.known
    assert presence.connection is not None
    assert presence.connection.connection_id == made["id"]
    control.disconnect(made["id"])
    services.sync_all()
    assert person_of(tanaka).presence == queries.PersonPresence(known=True)


def test_somebody_else_s_connection_is_not_mine(tanaka: User) -> None:
    save_connection(save_endpoint(), "k.sato@example.co.jp")
    assert person_of(tanaka).presence == queries.PersonPresence(known=True)


def test_of_several_connections_the_newest_counts(tanaka: User) -> None:
    endpoint = save_endpoint()
    save_connection(endpoint, tanaka.username, established_at=timezone.now() - timedelta(hours=3))
    newest = save_connection(endpoint, tanaka.username)
    save_connection(endpoint, tanaka.username, established_at=None)
    assert person_of(tanaka).presence.connection == newest


def test_before_any_endpoint_was_read_nothing_is_known(tanaka: User) -> None:
    assert person_of(tanaka).presence == queries.PersonPresence(known=False)
    save_endpoint(connections_seen_at=None)
    assert person_of(tanaka).presence == queries.PersonPresence(known=False)


def test_where_aws_names_nobody_nobody_is_away(tanaka: User) -> None:
    save_connection(save_endpoint(), "")
    assert person_of(tanaka).presence == queries.PersonPresence(known=False)


def test_an_old_look_tells_nothing_about_now(tanaka: User) -> None:
    old = timezone.now() - timedelta(seconds=queries.STALE_LOOKS * settings.SNAPSHOT_SECONDS + 1)
    endpoint = save_endpoint(connections_seen_at=old)
    assert person_of(tanaka).presence == queries.PersonPresence(known=False)
    save_connection(endpoint, tanaka.username)
    assert person_of(tanaka).presence == queries.PersonPresence(known=False)


def test_nobody_is_away_while_one_endpoint_s_look_is_old(tanaka: User) -> None:
    save_endpoint("osaka-dr", connections_seen_at=timezone.now() - timedelta(days=1))
    tokyo = save_endpoint()
    assert person_of(tanaka).presence == queries.PersonPresence(known=False)
    found = save_connection(tokyo, tanaka.username)
    assert person_of(tanaka).presence == queries.PersonPresence(known=True, connection=found)


def test_what_vanished_says_nothing(tanaka: User) -> None:
    gone = save_endpoint("gone", vanished_at=timezone.now(), connections_seen_at=None)
    save_connection(gone, tanaka.username)
    save_connection(gone, "")
    save_endpoint()
    assert person_of(tanaka).presence == queries.PersonPresence(known=True)
