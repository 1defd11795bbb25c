"""Who may call the API: nobody without a token, and nobody with one that is more than its owner."""

import json
from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from portal import rates
from portal.access.models import ApiToken, User
from portal.access.tokens.guard import PER_MINUTE_ADDRESS, PER_MINUTE_TOKEN
from portal.access.tokens.queries import digest
from portal.addresses import Address
from tests.conftest import SignedIn

URL = "/api/egress-addresses/"
SECRET = "gk_" + "a" * 43


@pytest.fixture
def token(suzuki: User) -> ApiToken:
    """An auditor's."""
    suzuki.last_login = timezone.now()
    suzuki.save(update_fields=["last_login"])
    return ApiToken.objects.create(
        owner=suzuki,
        name="report",
        token_hash=digest(SECRET),
        hint=SECRET[-4:],
        scopes=["egress:read", "endpoint:read"],
        created_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=30),
    )


def ask(url: str = URL, secret: str = SECRET, **headers: str) -> Any:
    return Client().get(url, headers={"authorization": f"Bearer {secret}"} | headers)


def count_requests(name: str, who: Address | str, number: int) -> None:
    """As if they had been made and answered."""
    for _ in range(number):
        rates.is_over(name, who, per_minute=number)


def refused(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/problem+json"
    problem = json.loads(response.content)
    assert problem["status"] == response.status_code
    assert problem["type"] == f"urn:problem-type:genkan:{problem['id']}"
    assert problem["reference"] == response["X-Request-ID"]
    return response.status_code, problem["id"]


@pytest.mark.usefixtures("token")
def test_a_token_opens_what_it_is_for() -> None:
    response = ask()
    assert response.status_code == 200
    assert response.json() == {"egress_addresses": []}


@pytest.mark.usefixtures("token")
def test_no_answer_of_the_api_is_kept_or_sets_a_cookie() -> None:
    for response in (ask(), ask(secret="gk_wrong")):
        assert response["Cache-Control"] == "no-store"
        assert not response.cookies


def test_a_session_is_no_way_into_the_api(takahashi: User, signed_in: SignedIn) -> None:
    assert refused(signed_in(takahashi).get(URL)) == (401, "token-missing")


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ("", "token-missing"),
        ("Bearer", "token-missing"),
        (f"Basic {SECRET}", "token-missing"),
        (f"Bearer {SECRET[:-1]}", "token-unknown"),
        (f"Bearer {SECRET}b", "token-unknown"),
        (f"Bearer {digest(SECRET)}", "token-unknown"),
        ("Bearer gk_\0", "token-unknown"),
        ("Bearer " + "x" * 5000, "token-unknown"),
    ],
)
@pytest.mark.usefixtures("token")
def test_it_refuses_what_is_no_token(header: str, problem: str) -> None:
    response = Client().get(URL, headers={"authorization": header})
    assert refused(response) == (401, problem)
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_the_scheme_may_be_written_in_any_case(token: ApiToken) -> None:
    assert Client().get(URL, headers={"authorization": f"bearer {SECRET}"}).status_code == 200


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda token: ApiToken.objects.update(revoked_at=timezone.now()), "token-revoked"),
        (lambda token: ApiToken.objects.update(expires_at=timezone.now()), "token-expired"),
        (lambda token: User.objects.update(is_active=False), "owner-without-access"),
        (lambda token: User.objects.update(roles=[]), "owner-without-access"),
        (lambda token: User.objects.update(last_login=None), "owner-absent"),
        (
            lambda token: User.objects.update(last_login=timezone.now() - timedelta(days=30, minutes=1)),
            "owner-absent",
        ),
    ],
)
def test_it_refuses_a_token_whose_time_or_owner_is_gone(
    token: ApiToken, change: Callable[[ApiToken], int], problem: str
) -> None:
    assert ask().status_code == 200
    change(token)
    assert refused(ask()) == (401, problem)


def test_a_token_shrinks_with_the_roles_of_its_owner(token: ApiToken) -> None:
    assert refused(ask("/api/endpoints/")) == (403, "permission-missing")
    User.objects.update(roles=["employee", "admin"])
    assert ask("/api/endpoints/").status_code == 200
    # The helpdesk sees endpoints on pages, and gives scripts the diagnosis alone.
    User.objects.update(roles=["employee", "helpdesk"])
    assert refused(ask("/api/endpoints/")) == (403, "permission-missing")
    User.objects.update(roles=["employee"])
    assert refused(ask("/api/endpoints/")) == (403, "permission-missing")


def test_a_token_may_not_do_what_only_its_owner_may(token: ApiToken) -> None:
    ApiToken.objects.update(scopes=["connection:read"])
    assert refused(ask()) == (403, "permission-missing")


def test_its_last_use_is_noted_once_an_hour(token: ApiToken) -> None:
    ask()
    first = ApiToken.objects.get().last_used_at
    assert first is not None
    ask()
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(hours=2))
    ask()
    assert ApiToken.objects.get().last_used_at > first  # type: ignore[operator]


def test_a_token_that_asks_too_often_is_told_when_to_come_back(token: ApiToken) -> None:
    with time_machine.travel(timezone.now().replace(second=20), tick=False):
        count_requests("api-token", str(token.pk), PER_MINUTE_TOKEN - 1)
        assert ask().status_code == 200
        answer = ask()
    assert refused(answer) == (429, "too-many-requests")
    assert answer["Retry-After"] == "40"


@pytest.mark.usefixtures("db")
def test_an_address_that_guesses_tokens_is_stopped() -> None:
    with time_machine.travel(timezone.now(), tick=False):
        count_requests("api-address", ip_address("127.0.0.1"), PER_MINUTE_ADDRESS - 1)
        assert refused(ask(secret="gk_1")) == (401, "token-unknown")
        assert refused(ask(secret="gk_2")) == (429, "too-many-requests")


def test_problems_are_in_the_language_that_is_asked_for(token: ApiToken) -> None:
    words = ask(secret="gk_x", **{"accept-language": "ja"}).json()["title"]
    assert words == "このAPIトークンはありません。"


def test_a_mistake_of_ours_is_a_problem_with_a_reference(token: ApiToken) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE vpn_endpoint RENAME TO elsewhere")
    client = Client(raise_request_exception=False)
    assert refused(client.get(URL, headers={"authorization": f"Bearer {SECRET}"})) == (500, "server-error")
