"""Alive, and ready."""

import json

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from portal.access.models import User
from tests.conftest import SignedIn

pytestmark = pytest.mark.django_db


def test_alive_says_ok_and_asks_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert Client().get("/healthz").content == b"ok\n"


def test_ready_names_each_part() -> None:
    response = Client().get("/readyz")
    body = json.loads(response.content)
    assert (response.status_code, body["ready"]) == (200, True)
    assert body["parts"]["database"]["ok"]
    assert body["parts"]["queue"]["ok"]
    metadata = body["parts"]["identity_provider_metadata"]
    assert (metadata["ok"], metadata["detail"]) == (False, "no good copy yet")


def test_without_the_queue_it_is_ready_and_says_so(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    body = json.loads(Client().get("/readyz").content)
    assert body["ready"]
    assert body["parts"]["queue"] | {"seconds": 0} == {
        "ok": False,
        "needed": False,
        "seconds": 0,
        "detail": "ConnectionError",
    }


def test_pages_for_everybody_ask_for_no_session(
    tanaka: User, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = signed_in(tanaka)
    with django_assert_num_queries(0):
        assert client.get("/healthz").status_code == 200
