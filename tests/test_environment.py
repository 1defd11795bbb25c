"""What every test may rely on."""

import os

import psycopg
import pytest
import redis


def test_there_is_a_database_and_it_has_our_extensions() -> None:
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        wanted = ("pg_trgm", "btree_gin")
        row = connection.execute(
            "SELECT count(*) FROM pg_available_extensions WHERE name = ANY(%s)", [[*wanted]]
        ).fetchone()
        assert row == (len(wanted),)


def test_there_is_a_queue() -> None:
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as client:
        assert client.ping()


@pytest.mark.skipif("AWS_CONTRACT_REGION" in os.environ, reason="run against a real account on purpose")
def test_no_credentials_but_the_sandboxs_are_left() -> None:
    mine = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
    assert set(mine) == {
        "AWS_REGION",
        "AWS_ENDPOINT_URL",
        "AWS_ACCESS_KEY_ID",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_EC2_METADATA_DISABLED",
    }
    assert mine["AWS_ENDPOINT_URL"].startswith("http://127.0.0.1:")
