"""A sandbox AWS, empty again for each test, and a portal that has looked at it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture, administrator, seed
from sandbox.company import OSAKA, TOKYO
from vpn.endpoints import services

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@pytest.fixture(scope="session")
def aws_process() -> Iterator[str]:
    """Its URL. In a process of its own: the sandbox's own tests have one in this one, and moto allows only one."""
    command = [sys.executable, "-m", "sandbox.aws", "--port", "0", "--pace", "fast"]
    environment = {**os.environ, "SANDBOX": "true"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()


@pytest.fixture
def aws(aws_process: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of an empty AWS, which the portal's boto3 finds by its own environment variable."""
    Control(aws_process).reset()
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_process)
    return aws_process


@pytest.fixture
def control(aws: str) -> Control:
    return Control(aws)


@pytest.fixture
def architecture(aws: str) -> Architecture:
    return seed(aws)


@pytest.fixture
def synced(architecture: Architecture, db: None) -> Architecture:
    """The seed architecture, after one look at it."""
    assert not any(result.failures for result in services.sync_all())
    return architecture


@pytest.fixture
def ec2(aws: str) -> "Iterator[EC2Client]":
    """Tokyo, as an administrator changes it behind the portal's back."""
    client = administrator(aws, TOKYO)("ec2")
    yield client
    client.close()


@pytest.fixture
def osaka_ec2(aws: str) -> "Iterator[EC2Client]":
    client = administrator(aws, OSAKA)("ec2")
    yield client
    client.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 repeats a call as often as ever, but does not wait in between."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
