"""The sandbox network in front of a portal that tells what it was asked."""

import http.client
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

from sandbox.network.server import NetworkServer
from tests.sandbox.network.upstream import Upstream
from tests.sandbox.network.upstream import upstream as running_upstream

Get = Callable[..., dict[str, Any]]


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
