"""A sandbox AWS in a process of its own, empty again for each test, and a portal that has looked at it."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture, administrator, seed
from sandbox.company import OSAKA, TOKYO
from vpn.endpoints import services


@dataclass(frozen=True)
class SandboxAws:
    """``url`` is what AWS_ENDPOINT_URL is set to."""

    url: str


@pytest.fixture(scope="session")
def aws_server() -> Iterator[SandboxAws]:
    """In its own process: the sandbox's own tests have one in this process, and moto allows only one."""
    command = [sys.executable, "-m", "sandbox.aws", "--port", "0", "--pace", "fast"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        words = process.stdout.readline().split()
        try:
            yield SandboxAws(words[-1])
        finally:
            process.terminate()


@pytest.fixture
def control(aws_server: SandboxAws) -> Control:
    return Control(aws_server.url)


@pytest.fixture
def aws(aws_server: SandboxAws, control: Control, monkeypatch: pytest.MonkeyPatch) -> SandboxAws:
    """The AWS that the portal talks to in this test."""
    control.reset()
    monkeypatch.setenv("AWS_ENDPOINT_URL", aws_server.url)
    return aws_server


@pytest.fixture
def architecture(aws: SandboxAws) -> Architecture:
    return seed(aws.url)


@pytest.fixture
def synced(architecture: Architecture, db: None) -> Architecture:
    """The seed architecture, after one look at it."""
    assert not any(result.failures for result in services.sync_all())
    return architecture


@pytest.fixture
def tokyo_admin(aws: SandboxAws) -> Iterator[Any]:
    """boto3's EC2 of somebody who may change everything in Tokyo's account."""
    client = administrator(aws.url, TOKYO)("ec2")
    yield client
    client.close()


@pytest.fixture
def osaka_admin(aws: SandboxAws) -> Iterator[Any]:
    client = administrator(aws.url, OSAKA)("ec2")
    yield client
    client.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 repeats a call as often as ever, but doesn't wait in between."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
