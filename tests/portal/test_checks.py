"""Deployment mistakes are found before anybody is hurt by them."""

from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest
from pytest_django import Settings

from portal.checks import check_deployment


@pytest.fixture
def good(settings: Settings) -> Settings:
    settings.SANDBOX = False
    settings.SAML_IDP_METADATA = "https://idp.example.com/metadata"
    return settings


def ids(settings: Settings) -> list[str]:
    return [str(message.id) for message in check_deployment(None)]


def test_a_good_deployment_has_no_findings(good: Settings) -> None:
    assert ids(good) == []


@pytest.mark.parametrize(
    ("name", "value", "expected_id"),
    [
        ("SANDBOX", True, "genkan.E001"),
        (
            "ROLE_GROUPS",
            {"employee": set(), "helpdesk": set(), "auditor": set(), "admin": set()},
            "genkan.E002",
        ),
        (
            "ROLE_GROUPS",
            {"employee": {"*"}, "helpdesk": set(), "auditor": set(), "admin": set()},
            "genkan.W001",
        ),
        (
            "ROLE_GROUPS",
            {"employee": {"a"}, "helpdesk": set(), "auditor": set(), "admin": {"*"}},
            "genkan.E003",
        ),
        ("SAML_IDP_METADATA", "http://idp.example.com/metadata", "genkan.E004"),
        ("SAML_IDP_METADATA", "/nowhere/metadata.xml", "genkan.E005"),
        ("TRUSTED_PROXIES", [ip_network("0.0.0.0/0")], "genkan.E006"),
        ("TRUSTED_PROXIES", [ip_network("::/0")], "genkan.E006"),
    ],
)
def test_each_mistake_has_an_id(good: Settings, name: str, value: Any, expected_id: str) -> None:
    setattr(good, name, value)
    assert expected_id in ids(good)


def test_metadata_may_be_a_file(good: Settings, tmp_path: Path) -> None:
    file = tmp_path / "metadata.xml"
    file.write_text("x", encoding="utf-8")
    good.SAML_IDP_METADATA = str(file)
    assert ids(good) == []
