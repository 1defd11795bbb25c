"""Who has to be signed in."""

from django.test import Client

from portal.access.models import User
from tests.conftest import SignedIn


def test_an_open_page_whose_session_has_ended_is_told_so(db: None) -> None:
    response = Client().get("/egress/", headers={"hx-request": "true"})
    assert response.status_code == 401
    assert response.content == b""


def test_without_htmx_the_way_leads_to_the_sign_in_page(db: None) -> None:
    assert Client().get("/egress/")["Location"] == "/accounts/login/?next=/egress/"


def test_a_deactivated_person_is_signed_out_at_the_next_request(tanaka: User, signed_in: SignedIn) -> None:
    client = signed_in(tanaka)
    assert client.get("/").status_code == 200
    User.objects.update(is_active=False)
    assert client.get("/").status_code == 302
