"""A sandbox AWS that holds the seed architecture, and a portal that has looked at it."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from pytest_django import Settings

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture, administrator
from sandbox.company import TOKYO
from tests.seeded_aws import SeededAws
from tests.vpn.seed_snapshot import SeedSnapshot
from vpn.aws.session import forget_sessions

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client


@pytest.fixture(autouse=True)
def fresh_sessions() -> None:
    forget_sessions()


@pytest.fixture
def aws(seeded_aws: SeededAws, monkeypatch: pytest.MonkeyPatch) -> str:
    """The URL of the AWS that the portal's boto3 finds by its own environment variable."""
    seeded_aws.fresh()
    monkeypatch.setenv("AWS_ENDPOINT_URL", seeded_aws.url)
    return seeded_aws.url


@pytest.fixture
def control(aws: str) -> Control:
    return Control(aws)


@pytest.fixture
def architecture(aws: str, seeded_aws: SeededAws) -> Architecture:
    return seeded_aws.architecture


@pytest.fixture
def empty_aws(aws: str) -> str:
    Control(aws).reset()
    return aws


@pytest.fixture(scope="session")
def seed_snapshots() -> dict[tuple[str, str], SeedSnapshot]:
    """By the settings that it was made with."""
    return {}


@pytest.fixture
def synced(
    architecture: Architecture,
    db: None,
    settings: Settings,
    seed_snapshots: dict[tuple[str, str], SeedSnapshot],
) -> Architecture:
    """The seed architecture, after one look at it."""
    made_with = repr(settings.VPN_ACCOUNTS), settings.VPN_ENDPOINT_TAG
    if made_with in seed_snapshots:
        seed_snapshots[made_with].store_again()
    else:
        seed_snapshots[made_with] = SeedSnapshot()
    return architecture


@pytest.fixture
def ec2(aws: str) -> "Iterator[EC2Client]":
    """Tokyo, as an administrator changes it behind the portal's back."""
    client = administrator(aws, TOKYO)("ec2")
    yield client
    client.close()


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """boto3 repeats a call as often as ever, but does not wait in between."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _seconds: None))
    # What the adaptive retry mode waits by, once AWS has throttled the client.
    monkeypatch.setattr("botocore.retries.bucket.TokenBucket.acquire", lambda *_arguments, **_options: True)
