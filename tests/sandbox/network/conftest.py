"""The sandbox network in front of a portal that tells what it was asked."""

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from typing import Any

import pytest

from sandbox.network.server import NetworkServer
from tests.sandbox.network.upstream import Upstream
from tests.sandbox.network.upstream import upstream as running_upstream

Get = Callable[..., dict[str, Any]]


@contextmanager
def seeded_aws() -> Iterator[str]:
    """In a process of its own: this one may have another, and moto allows only one."""
    command = [sys.executable, "-m", "sandbox.aws", "--port", "0", "--pace", "fast", "--seed"]
    with subprocess.Popen(
        command, env={**os.environ, "SANDBOX": "true"}, stdout=subprocess.PIPE, text=True
    ) as aws:
        assert aws.stdout is not None
        yield aws.stdout.readline().split()[-1]
        aws.terminate()


@pytest.fixture(scope="session")
def aws_url() -> Iterator[str]:
    """Of a sandbox AWS that tests leave as they found it."""
    with seeded_aws() as url:
        yield url


@pytest.fixture
def own_aws_url() -> Iterator[str]:
    """For a test that changes what the seed has built."""
    with seeded_aws() as url:
        yield url


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    with running_upstream() as server:
        yield server


@pytest.fixture
def network(upstream: Upstream) -> Iterator[NetworkServer]:
    nowhere = "http://127.0.0.1:9"
    with NetworkServer(portal=upstream.place, aws=nowhere, identity_provider=nowhere) as server:
        yield server


@pytest.fixture
def browser(network: NetworkServer) -> Iterator[http.client.HTTPConnection]:
    with closing(http.client.HTTPConnection("127.0.0.1", network.port, timeout=10)) as connection:
        yield connection


@pytest.fixture
def get(browser: http.client.HTTPConnection) -> Get:
    """What the portal was asked; ``host`` is the name that the browser wrote into its address bar."""

    def get(target: str = "/", *, host: str = "localhost", **headers: str) -> dict[str, Any]:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        browser.request("GET", target, headers={"Host": host, **sent})
        return dict(json.loads(browser.getresponse().read()))

    return get
