"""Who has to be signed in."""

from django.test import Client

from portal.access.models import User
from tests.conftest import SignedIn


def test_a_page_whose_session_has_ended_is_loaded_anew_by_htmx(db: None) -> None:
    response = Client().get("/egress/", headers={"hx-request": "true"})
    assert (response.status_code, response["HX-Refresh"]) == (200, "true")
    assert response.content == b""


def test_without_htmx_the_way_leads_to_the_sign_in_page(db: None) -> None:
    assert Client().get("/egress/")["Location"] == "/accounts/login/?next=/egress/"


def test_a_deactivated_person_is_signed_out_at_the_next_request(tanaka: User, signed_in: SignedIn) -> None:
    client = signed_in(tanaka)
    assert client.get("/").status_code == 200
    User.objects.update(is_active=False)
    assert client.get("/").status_code == 302
