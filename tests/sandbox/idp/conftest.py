"""An identity provider that tests leave as they found it, and one that they may turn upside down."""

from collections.abc import Iterator

import pytest

from sandbox.company import PEOPLE, Person
from sandbox.idp.server import IdpServer
from tests.sandbox.idp.service import Service


@pytest.fixture(scope="session")
def idp() -> Iterator[IdpServer]:
    with IdpServer() as server:
        yield server


@pytest.fixture
def own_idp() -> Iterator[IdpServer]:
    """For tests that roll over its certificate or take it down."""
    with IdpServer() as server:
        yield server


@pytest.fixture(scope="session")
def service(idp: IdpServer) -> Service:
    return Service(idp)


@pytest.fixture
def tanaka() -> Person:
    return PEOPLE[0]
