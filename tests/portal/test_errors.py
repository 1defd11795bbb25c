"""What people see when something breaks."""

import psycopg
import pytest
from django.conf import settings
from django.db import connection
from django.test import Client, RequestFactory

from portal.errors import server_error


@pytest.mark.django_db
def test_a_database_that_does_not_answer_is_a_page_that_says_try_again() -> None:
    client = Client(raise_request_exception=False)
    client.cookies[settings.SESSION_COOKIE_NAME] = "of-somebody-who-was-signed-in"
    place = connection.get_connection_params()
    wanted = {name: place[name] for name in ("host", "port", "user", "password", "dbname") if name in place}
    with psycopg.connect(**wanted) as other, connection.cursor() as cursor:
        other.execute("LOCK TABLE django_session IN ACCESS EXCLUSIVE MODE")
        cursor.execute("SET LOCAL lock_timeout = '20ms'")
        response = client.get("/")
    assert (response.status_code, response["Retry-After"]) == (503, "60")
    text = response.content.decode()
    assert "ただいまポータルをご利用いただけません" in text
    assert response["X-Request-ID"] in text


def test_a_mistake_of_ours_is_a_page_with_the_reference_number() -> None:
    request = RequestFactory().get("/")
    request.reference = "K7QW-2MRTA9"  # type: ignore[attr-defined]
    response = server_error(request)
    assert response.status_code == 500
    assert "K7QW-2MRTA9" in response.content.decode()
