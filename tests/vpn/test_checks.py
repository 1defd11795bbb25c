"""Mistakes in the settings are found before anything is done with them."""

from typing import Any

import pytest
from django.core.checks import run_checks
from pytest_django import Settings


def ids() -> list[str]:
    return [str(message.id) for message in run_checks() if str(message.id).startswith("genkan.")]


def test_good_settings_have_no_findings() -> None:
    assert ids() == []


@pytest.mark.parametrize(
    ("name", "value", "error_id"),
    [
        ("VPN_ACCOUNTS", [{"region": "ap-northeast-1"}], "genkan.E007"),
        ("VPN_ENDPOINT_TAG", "managed", "genkan.E008"),
        ("VPN_ENDPOINT_TAG", "=true", "genkan.E008"),
        ("EGRESS_IPV4_URL", "https://localhost", "genkan.E009"),
        ("VPN_DENY_LIST_TABLE", {"kyoto": "deny-list"}, "genkan.E011"),
        ("OPERATION_PRICES", {"*": {"association": 1}}, "genkan.E020"),
        ("OPERATION_PRICES", {"*": {"association_hour": "free"}}, "genkan.E020"),
        ("OPERATION_PRICES", {"eu-central-1": 0.1}, "genkan.E020"),
        ("OPERATION_PRICES", {"*": {"connection_hour": -1}}, "genkan.E020"),
        ("NOTIFY_WEBHOOK_URL", "hooks.slack.com/services", "genkan.E021"),
        ("NOTIFY_WEBHOOK_URL", "https://hooks.slack.com/a b\n", "genkan.E021"),
        ("NOTIFY_EMAILS", ["vpn@example.com"], "genkan.E023"),
        ("SITE_URL", "https://portal.example.com", "genkan.E010"),
    ],
)
def test_each_mistake_has_an_id(settings: Settings, name: str, value: Any, error_id: str) -> None:
    setattr(settings, name, value)
    assert ids() == [error_id]


def test_an_address_that_is_none_is_named(settings: Settings) -> None:
    settings.EMAIL_HOST, settings.NOTIFY_EMAILS = "mail.example.com", ["vpn@example.com", "admins"]
    assert ids() == ["genkan.E022"]


def test_a_webhook_without_tls_is_for_the_sandbox(settings: Settings) -> None:
    settings.NOTIFY_WEBHOOK_URL = "http://127.0.0.1:9/x"
    assert ids() == []
    settings.SANDBOX = False
    assert ids() == ["genkan.E021"]


def test_the_deployment_checks_are_there(settings: Settings) -> None:
    settings.SANDBOX = True
    error_ids = [str(message.id) for message in run_checks(include_deployment_checks=True)]
    assert "genkan.E001" in error_ids
