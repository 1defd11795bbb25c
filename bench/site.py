"""A portal with one employee who is signed in, five endpoints and a profile, for benchmarks of its pages."""

import os
from dataclasses import dataclass
from importlib import import_module

import django


@dataclass(frozen=True)
class Site:
    """``environment`` is what the servers get beside ours."""

    environment: dict[str, str]
    endpoint_id: str
    cookie: str


def prepare() -> Site:
    """In the database of DATABASE_URL, which is migrated first."""
    os.environ.update(ALLOWED_HOSTS="127.0.0.1,localhost,vpn.example.com", TRUSTED_PROXIES="127.0.0.1/32")
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")
    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    endpoint_id, session = _fill()
    from django.conf import settings

    return Site(
        environment={name: os.environ[name] for name in ("ALLOWED_HOSTS", "TRUSTED_PROXIES")},
        endpoint_id=endpoint_id,
        cookie=f"{settings.SESSION_COOKIE_NAME}={session}",
    )


def _fill() -> tuple[str, str]:
    from portal.access.models import User
    from sandbox import company
    from tests.vpn.endpoints_in_database import save_connection, save_endpoint

    person = company.PEOPLE[0]
    user = User.objects.create(
        username=person.email,
        email=person.email,
        name=person.name,
        groups=[company.EMPLOYEES.id],
        roles=["employee"],
    )
    endpoints = [save_endpoint(f"endpoint-{number}") for number in range(5)]
    save_connection(endpoints[0], person.email)
    return endpoints[0].endpoint_id, _session_cookie(user.pk, user.get_session_auth_hash())


def _session_cookie(user: int, auth_hash: str) -> str:
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY

    session = import_module(settings.SESSION_ENGINE).SessionStore()
    session[SESSION_KEY] = str(user)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = auth_hash
    session.create()
    return str(session.session_key)
