"""Which looks at other people's data are recorded, and which are the same look again."""

from typing import Any

import pytest
from django.contrib.sessions.backends.db import SessionStore
from django.test import RequestFactory

from portal.access.models import User
from portal.audit import targets
from portal.audit.looks import record_look
from portal.audit.models import AuditEvent
from portal.audit.tags import Tag

pytestmark = pytest.mark.django_db


def request_of(username: str) -> Any:
    request: Any = RequestFactory().get("/")
    request.user = User.objects.create(username=username)
    request.session = SessionStore()
    request.client_address, request.reference = None, ""
    return request


def look(request: Any, page: str, *people: str) -> None:
    record_look(request, Tag.CONNECTIONS_SEARCHED, target=targets.page(page), people=people)


def people_recorded() -> list[list[str]]:
    return list(AuditEvent.objects.order_by("sequence").values_list("people", flat=True))


def test_whose_name_differs_in_case_is_somebody_else_unless_it_is_an_email_address() -> None:
    look(request_of("aBc"), "live", "ABC", "aBc")
    look(request_of("k.sato@example.co.jp"), "live", "K.Sato@example.co.jp")
    assert people_recorded() == [["ABC"], []]


def test_a_look_is_remembered_while_others_are_recorded() -> None:
    request = request_of("k.sato@example.co.jp")
    for page in ("live", "summary"):
        look(request, page, "a.ito@example.co.jp")
    # Seen before, and then something new in the same session: the first is still the same look.
    look(request, "live", "a.ito@example.co.jp")
    look(request, "findings", "a.ito@example.co.jp")
    look(request, "live", "a.ito@example.co.jp")
    assert len(people_recorded()) == 3
