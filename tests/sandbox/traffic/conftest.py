"""A seeded sandbox AWS, as traffic finds it."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import ACCESS_KEY, SECRET_KEY
from sandbox.aws.seed_vpn import seeded_endpoint_id
from sandbox.company import TOKYO
from sandbox.traffic.player import EndpointLocation


@pytest.fixture
def control(aws_url: str) -> Control:
    return Control(aws_url)


@pytest.fixture
def tokyo() -> EndpointLocation:
    return EndpointLocation(TOKYO.account, TOKYO.region, seeded_endpoint_id(TOKYO))


@pytest.fixture
def aws(aws_url: str) -> Iterator[Any]:
    """Makes boto3 clients of the account that Tokyo's endpoint is in."""
    session: Any = boto3.session.Session(ACCESS_KEY, SECRET_KEY, region_name=TOKYO.region)
    made: list[Any] = []

    def client(service: str) -> Any:
        made.append(session.client(service, endpoint_url=aws_url))
        return made[-1]

    yield client
    for ec2 in made:
        ec2.close()
