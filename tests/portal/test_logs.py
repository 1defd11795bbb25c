"""What is in no log line: break-glass links, and what requests asked for."""

import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core.management import call_command
from django.test import Client

from portal.access.breakglass.views import PER_MINUTE
from portal.access.models import User

pytestmark = pytest.mark.django_db


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What the portal's own handler writes to stderr."""
    stream = io.StringIO()
    handler = next(
        handler for handler in logging.getLogger().handlers if type(handler) is logging.StreamHandler
    )
    before = handler.setStream(stream)
    yield stream
    handler.setStream(before or handler.stream)


@pytest.fixture
def link(takahashi: User, capsys: pytest.CaptureFixture[str]) -> str:
    call_command("breakglass", takahashi.username, reason="SSO has been down since 09:00, INC-4711")
    return capsys.readouterr().out.strip().removeprefix(settings.SITE_URL)


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def token(link: str) -> str:
    return link.rstrip("/").rsplit("/", 1)[1]


def test_a_link_over_the_limit_is_not_logged(log: io.StringIO, link: str) -> None:
    client = Client()
    statuses = [client.get(link).status_code for _ in range(PER_MINUTE + 1)]
    assert statuses[-1] == 429
    assert lines(log)[-1]["event"] == "Too Many Requests: /accounts/breakglass/…/"
    assert token(link) not in log.getvalue()


def test_a_link_without_a_csrf_token_is_not_logged(log: io.StringIO, link: str) -> None:
    assert Client(enforce_csrf_checks=True).post(link).status_code == 403
    assert "/accounts/breakglass/…/" in log.getvalue()
    assert token(link) not in log.getvalue()


@pytest.mark.parametrize(
    "form", ["{link}more/", "/accounts//breakglass/{token}/", "/?next={link}", "/ACCOUNTS/Breakglass/{token}"]
)
def test_a_link_that_was_mistyped_is_not_logged(log: io.StringIO, link: str, form: str) -> None:
    Client().post(form.format(link=link, token=token(link)))
    assert token(link) not in log.getvalue()


def test_a_link_that_another_page_was_opened_from_is_not_logged(log: io.StringIO, link: str) -> None:
    client = Client(enforce_csrf_checks=True, headers={"referer": f"https://other.example.com{link}"})
    assert client.post("/preferences/theme/", secure=True).status_code == 403
    assert token(link) not in log.getvalue()


@pytest.mark.parametrize("method", ["put", "delete", "patch"])
def test_a_method_that_is_not_allowed_logs_no_link(log: io.StringIO, link: str, method: str) -> None:
    assert getattr(Client(), method)(link).status_code == 405
    assert log.getvalue()
    assert token(link) not in log.getvalue()


def test_a_link_is_in_no_line_about_a_mistake_of_ours(log: io.StringIO, link: str) -> None:
    try:
        raise ValueError(link)
    except ValueError:
        logging.getLogger("django.request").exception("Internal Server Error: %s", link)
    line = lines(log)[-1]
    assert "ValueError: /accounts/breakglass/…/" in line["exception"]
    assert token(link) not in log.getvalue()


def test_what_somebody_asked_for_is_not_logged(log: io.StringIO) -> None:
    assert Client().get("/nothing/?q=m.tanaka&SAMLRequest=abc").status_code == 404
    assert "/nothing/" in log.getvalue()
    assert "m.tanaka" not in log.getvalue()
