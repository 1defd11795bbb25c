"""Suggestions while somebody types of a person."""

import pytest

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from vpn.people import views

pytestmark = pytest.mark.django_db


def test_they_name_people_by_what_is_known_of_them(suzuki: User, tanaka: User, signed_in: SignedIn) -> None:
    text = signed_in(suzuki).get("/people/", {"q": "ＴＡＮＡＫＡ"}).content.decode()
    assert f'data-username="{tanaka.username}"' in text
    assert tanaka.name in text
    assert text.count("<li") == 1
    assert "<html" not in text


def test_what_is_in_a_name_is_text_and_never_markup(suzuki: User, signed_in: SignedIn) -> None:
    User.objects.create(username='"><script>x', name="<b>bold</b>", roles=["employee"])
    text = signed_in(suzuki).get("/people/", {"q": "bold"}).content.decode()
    assert "<script" not in text
    assert "<b>" not in text


def test_nothing_and_nobody_give_an_empty_list(suzuki: User, signed_in: SignedIn) -> None:
    client = signed_in(suzuki)
    for question in ("", " ", "nobody at all", "\0", "a" * 5000):
        assert "<li" not in client.get("/people/", {"q": question}).content.decode()


def test_a_script_cannot_read_the_directory_with_it(
    suzuki: User, signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "PER_MINUTE", 3)
    client = signed_in(suzuki)
    statuses = [client.get("/people/", {"q": "a"}).status_code for _ in range(5)]
    assert statuses[:3] == [200, 200, 200]
    assert 429 in statuses


def test_a_look_at_names_is_no_look_at_connections(suzuki: User, signed_in: SignedIn) -> None:
    signed_in(suzuki).get("/people/", {"q": "tanaka"})
    assert not AuditEvent.objects.exists()
