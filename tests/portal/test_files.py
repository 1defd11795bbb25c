"""What is collected to be served."""

from pathlib import Path

import pytest
from django.core.management import call_command
from django.test import Client
from pytest_django import Settings


@pytest.mark.django_db
def test_the_icon_is_found_by_its_old_name(client: Client) -> None:
    assert client.get("/favicon.ico")["Location"] == "/static/portal/favicon.svg"


def test_of_packages_only_what_pages_load_is_collected(settings: Settings, tmp_path: Path) -> None:
    settings.STATIC_ROOT = tmp_path
    call_command("collectstatic", interactive=False, verbosity=0)
    collected = {file.name for file in (tmp_path / "django_htmx").rglob("*")}
    assert collected == {"htmx-2.min.js", "django-htmx.js"}
    ninja = {file.name for file in (tmp_path / "ninja").rglob("*")}
    assert ninja == {"swagger-ui-bundle.js", "swagger-ui.css", "swagger-ui.css.map"}
    assert (tmp_path / "portal" / "base.css").exists()
