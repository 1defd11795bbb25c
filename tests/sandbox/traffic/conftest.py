"""A seeded sandbox AWS in its own process, as traffic finds it; every test begins with it seeded anew."""

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import ACCESS_KEY, SECRET_KEY, seed
from sandbox.aws.seed_vpn import seeded_endpoint_id
from sandbox.company import TOKYO
from sandbox.traffic.player import Place


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    command = [sys.executable, "-m", "sandbox.aws", "--port", "0", "--pace", "fast"]
    environment = {**os.environ, "SANDBOX": "true"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        yield line.split()[-1]
        process.terminate()


@pytest.fixture
def url(server: str) -> str:
    Control(server).reset()
    seed(server)
    return server


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
