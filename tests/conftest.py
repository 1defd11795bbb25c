"""A fixed cast of people, and clients that are signed in as them."""

import os
from collections.abc import Iterator
from typing import Protocol

import pytest
import pytest_django
from django.conf import settings
from django.contrib.contenttypes.management import create_contenttypes
from django.core.cache import cache
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import Client, override_settings

from portal.access.models import User
from sandbox import company
from tests.scheduling import Scheduling, long_first
from tests.seeded_aws import SeededAws

# A good deal of the tests is waiting for other processes.
PROCESSES_A_CORE = 1.5


class SignedIn(Protocol):
    """A client that is signed in as ``user`` and reads ``language``."""

    def __call__(self, user: User, language: str = "en") -> Client: ...


def pytest_xdist_auto_num_workers() -> int:
    return round(PROCESSES_A_CORE * (os.cpu_count() or 1))


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> Scheduling:
    return Scheduling(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    long_first(items, config.rootpath)


@pytest.fixture(scope="session", autouse=True)
def static_files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Straight from the sources: nothing is collected for a test, and no client looks through all of them."""
    storages = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    root = tmp_path_factory.mktemp("static")
    found_when_asked_for = {"WHITENOISE_USE_FINDERS": True, "WHITENOISE_AUTOREFRESH": True}
    with override_settings(STORAGES=storages, STATIC_ROOT=root, **found_when_asked_for):
        yield


@pytest.fixture(scope="session")
def seeded_aws() -> Iterator[SeededAws]:
    with SeededAws() as seeded:
        yield seeded


@pytest.fixture(autouse=True)
def fresh_rate_limits() -> None:
    cache.clear()


def _user(group: company.AccessGroup, role: str) -> User:
    person = next(person for person in company.PEOPLE if group in person.groups)
    roles = ["employee", "helpdesk", "auditor", "admin"] if role == "admin" else ["employee", role]
    return User.objects.create(
        username=person.email,
        email=person.email,
        name=person.name,
        groups=[held.id for held in person.groups],
        roles=sorted(set(roles), key=["employee", "helpdesk", "auditor", "admin"].index),
    )


@pytest.fixture
def tanaka(db: None) -> User:
    """An employee."""
    person = company.PEOPLE[0]
    return User.objects.create(
        username=person.email,
        email=person.email,
        name=person.name,
        groups=[company.EMPLOYEES.id],
        roles=["employee"],
    )


@pytest.fixture
def sato(db: None) -> User:
    """Helpdesk."""
    return _user(company.HELPDESK, "helpdesk")


@pytest.fixture
def suzuki(db: None) -> User:
    """An auditor."""
    return _user(company.AUDITORS, "auditor")


@pytest.fixture
def takahashi(db: None) -> User:
    """An administrator."""
    return _user(company.ADMINS, "admin")


@pytest.fixture
def signed_in() -> SignedIn:
    def sign_in(user: User, language: str = "en") -> Client:
        client = Client(headers={"accept-language": language})
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        return client

    return sign_in


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> None:
    """Tests with real transactions are cleaned up by TRUNCATE, which the audit record otherwise refuses."""
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute("ALTER TABLE audit_auditevent DISABLE TRIGGER audit_no_truncate")
    # After each, Django would make its own permissions anew; the portal has no use for them.
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")
    post_migrate.disconnect(create_contenttypes)
