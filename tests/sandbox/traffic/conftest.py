"""A seeded sandbox AWS in its own process, as traffic finds it; every test begins with it seeded anew."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import ACCESS_KEY, SECRET_KEY
from sandbox.aws.seed_vpn import seeded_endpoint_id
from sandbox.company import TOKYO
from sandbox.traffic.player import Place
from tests.seeded_aws import SeededAws


@pytest.fixture(scope="session")
def server() -> Iterator[SeededAws]:
    with SeededAws() as seeded:
        yield seeded


@pytest.fixture
def url(server: SeededAws) -> str:
    server.fresh()
    return server.url


@pytest.fixture
def control(url: str) -> Control:
    return Control(url)


@pytest.fixture
def tokyo() -> Place:
    return Place(TOKYO.account, TOKYO.region, seeded_endpoint_id(TOKYO))


@pytest.fixture
def aws(url: str) -> Iterator[Any]:
    """Makes boto3 clients of the account that Tokyo's endpoint is in."""
    session: Any = boto3.session.Session(ACCESS_KEY, SECRET_KEY, region_name=TOKYO.region)
    made: list[Any] = []

    def client(service: str) -> Any:
        made.append(session.client(service, endpoint_url=url))
        return made[-1]

    yield client
    for one in made:
        one.close()
