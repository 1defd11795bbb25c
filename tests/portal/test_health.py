"""Alive, and ready."""

import json

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

pytestmark = pytest.mark.django_db


def test_alive_says_ok_and_asks_nothing(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(0):
        assert Client().get("/healthz").content == b"ok\n"


def test_ready_names_each_part() -> None:
    response = Client().get("/readyz")
    found = json.loads(response.content)
    assert (response.status_code, found["ready"]) == (200, True)
    assert found["parts"]["database"]["ok"]
    assert found["parts"]["queue"]["ok"]
    assert not found["parts"]["identity_provider_metadata"]["ok"]


def test_without_the_queue_it_is_ready_and_says_so(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    found = json.loads(Client().get("/readyz").content)
    assert found["ready"]
    assert found["parts"]["queue"] | {"seconds": 0} == {
        "ok": False,
        "needed": False,
        "seconds": 0,
        "detail": "ConnectionError",
    }
