"""Who is to hear of operations hears what became of them, once, in the portal's language."""

import pytest
from django.utils import translation
from pytest_django import Settings

from portal.access.models import User
from tests.vpn.operations.asking import ask_as
from vpn.aws.errors import AccessDenied
from vpn.endpoints.models import Endpoint
from vpn.notifications.models import Delivery
from vpn.operations.engine import claiming, recording
from vpn.operations.models import Operation
from vpn.operations.requests import services

ROUTE = {"destination_cidr": "10.9.0.0/16", "target_subnet": "subnet-0a1b2c3d"}


@pytest.fixture(autouse=True)
def recipients(settings: Settings) -> None:
    settings.NOTIFY_EMAILS = ["infra@example.co.jp"]


@pytest.fixture
def claimed(plain_endpoint: Endpoint, takahashi: User) -> Operation:
    operation = ask_as(takahashi)("create-route", plain_endpoint, **ROUTE)
    claim = claiming.claim(operation.pk)
    assert claim is not None
    return claim


def test_nothing_is_told_of_what_only_begins(claimed: Operation) -> None:
    assert not Delivery.objects.exists()


def test_the_end_is_told_in_the_portals_language(claimed: Operation) -> None:
    with translation.override("en"):
        recording.succeed(claimed)
    told = Delivery.objects.get()
    assert told.subject == "完了：#1 10.9.0.0/16へのルートを作成する · tokyo-main"
    assert told.text.splitlines() == ["依頼者：高橋 翔", "理由：Because of a test"]
    assert told.url == f"https://vpn.example.com{claimed.get_absolute_url()}"


def test_a_failure_is_told_with_awss_code(claimed: Operation) -> None:
    recording.fail(claimed, error_id=AccessDenied.id, code="UnauthorizedOperation", message="You are not")
    assert Delivery.objects.get().text.endswith("（UnauthorizedOperation）")


def test_a_second_administrator_hears_that_something_waits(
    plain_endpoint: Endpoint, takahashi: User, settings: Settings
) -> None:
    settings.OPERATIONS_REQUIRE_APPROVAL = True
    operation = ask_as(takahashi)("delete-route", plain_endpoint, route="0.0.0.0/0 subnet-0a1b2c3d")
    assert Delivery.objects.get().subject.startswith("承認待ち：#1 ")
    services.cancel(operation=operation, actor=takahashi)
    assert Delivery.objects.count() == 1
