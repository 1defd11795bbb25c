"""One sandbox AWS for all its tests, empty again for each; contract checks read botocore's own model."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from sandbox.aws.control import Control
from sandbox.aws.pace import FAST, LIFELIKE
from sandbox.aws.seed import ACCESS_KEY, SECRET_KEY, Architecture, seed
from sandbox.aws.server import AwsServer
from sandbox.company import TOKYO
from tests.sandbox.aws.account import Account, Clients
from tests.sandbox.aws.contract import watch


@pytest.fixture(scope="session")
def aws_server() -> Iterator[AwsServer]:
    with AwsServer() as server:
        yield server


@pytest.fixture
def aws(aws_server: AwsServer) -> AwsServer:
    aws_server.reset()
    return aws_server


@pytest.fixture(scope="session")
def boto() -> boto3.session.Session:
    return boto3.session.Session(ACCESS_KEY, SECRET_KEY, region_name=TOKYO.region)


@pytest.fixture(scope="session")
def clients(aws_server: AwsServer, boto: boto3.session.Session) -> Iterator[Clients]:
    with Clients(boto, aws_server.url) as made:
        watch(made("ec2"))
        yield made


@pytest.fixture
def ec2(aws: AwsServer, clients: Clients) -> Any:
    """Without retries: a test sees each answer, and each answer is held against botocore's model."""
    return clients("ec2")


@pytest.fixture
def control(aws: AwsServer) -> Control:
    return Control(aws.url)


@pytest.fixture
def architecture(aws: AwsServer) -> Architecture:
    return seed(aws.url)


@pytest.fixture
def account(ec2: Any, clients: Clients) -> Account:
    """A VPC with two subnets and what an endpoint needs, without an endpoint."""
    return Account(clients)


@pytest.fixture
def lifelike(aws: AwsServer) -> Iterator[None]:
    """Changes take as long as in the demo, for one test."""
    aws.pace(LIFELIKE)
    yield
    aws.pace(FAST)
