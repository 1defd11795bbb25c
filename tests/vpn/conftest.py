"""A sandbox AWS that holds the seed architecture, and a portal that has looked at it."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture, administrator
from sandbox.company import TOKYO
from tests.seeded_aws import SeededAws
from vpn.aws.session import forget_roles
from vpn.endpoints import services

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@pytest.fixture(scope="session")
def seeded_aws() -> Iterator[SeededAws]:
    with SeededAws() as seeded:
        yield seeded


@pytest.fixture(scope="session")
def untouched() -> list[SeededAws]:
    """The seeded AWS while nobody has changed what is built there."""
    return []


@pytest.fixture(autouse=True)
def fresh_roles() -> None:
    forget_roles()


@pytest.fixture
def aws(seeded_aws: SeededAws, untouched: list[SeededAws], monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of the AWS that the portal's boto3 finds by its own environment variable."""
    url = seeded_aws.url
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    # It remembers only so many: whoever counts calls begins at none.
    Control(url).forget_calls()
    yield url
    Control(url).heal()
    if Control(url).connections():
        untouched.clear()


@pytest.fixture
def control(aws: str) -> Control:
    return Control(aws)


@pytest.fixture
def architecture(aws: str, seeded_aws: SeededAws, untouched: list[SeededAws]) -> Architecture:
    if not untouched:
        seeded_aws.fresh()
        untouched.append(seeded_aws)
    return seeded_aws.architecture


@pytest.fixture
def empty_aws(aws: str, untouched: list[SeededAws]) -> str:
    untouched.clear()
    Control(aws).reset()
    return aws


@pytest.fixture
def changing(untouched: list[SeededAws]) -> Iterator[None]:
    """For whoever changes more in AWS than its faults and connections."""
    yield
    untouched.clear()


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
