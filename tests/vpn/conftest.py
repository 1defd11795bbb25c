"""A sandbox AWS that holds the seed architecture, and a portal that has looked at it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture, administrator, seed
from sandbox.company import TOKYO
from vpn.aws.session import forget_roles
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


@pytest.fixture(scope="session")
def seeded() -> list[Architecture]:
    """The seed architecture while nobody has changed it: building it takes longer than most tests."""
    return []


@pytest.fixture(autouse=True)
def fresh_roles() -> None:
    forget_roles()


@pytest.fixture
def aws(aws_process: str, seeded: list[Architecture], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of the AWS that the portal's boto3 finds by its own environment variable."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_process)
    # It remembers only so many: whoever counts calls begins at none.
    Control(aws_process).forget_calls()
    yield aws_process
    Control(aws_process).heal()
    if Control(aws_process).connections():
        seeded.clear()


@pytest.fixture
def control(aws: str) -> Control:
    return Control(aws)


@pytest.fixture
def architecture(aws: str, seeded: list[Architecture]) -> Architecture:
    if not seeded:
        Control(aws).reset()
        seeded.append(seed(aws))
    return seeded[0]


@pytest.fixture
def empty_aws(aws: str, seeded: list[Architecture]) -> str:
    seeded.clear()
    Control(aws).reset()
    return aws


@pytest.fixture
def changing(seeded: list[Architecture]) -> Iterator[None]:
    """For whoever changes more in AWS than its faults and connections."""
    yield
    seeded.clear()


@pytest.fixture
def synced(architecture: Architecture, db: None) -> Architecture:
    """The seed architecture, after one look at it."""
    assert not any(result.failures for result in services.sync_all())
    return architecture


@pytest.fixture
def ec2(aws: str, changing: None) -> "Iterator[EC2Client]":
    """Tokyo, as an administrator changes it behind the portal's back."""
    client = administrator(aws, TOKYO)("ec2")
    yield client
    client.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 repeats a call as often as ever, but does not wait in between."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
