"""AWS Health by way of EventBridge and SQS: what AWS reports is shown until AWS closes it, whatever else arrives."""

import json
from typing import Any

import pytest
from django.core.cache import cache
from django.urls import reverse
from pytest_django import Settings

from portal.access.models import User
from sandbox.aws.control import Control
from sandbox.company import HEALTH_QUEUE, TOKYO
from tests.conftest import SignedIn
from vpn.endpoints.models import Endpoint
from vpn.findings.models import Finding
from vpn.findings.services import evaluate
from vpn.health_events.models import HealthEvent, HealthQueue, UnreadableMessage
from vpn.health_events.services import read_queue
from vpn.notices.queries import health_notices

pytestmark = [pytest.mark.usefixtures("synced", "hurried"), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def queue(settings: Settings, aws: str) -> None:
    settings.AWS_HEALTH_QUEUE = {"url": f"{aws}/{TOKYO.account}/{HEALTH_QUEUE}", "region": TOKYO.region}


def current(control: Control, **event: Any) -> list[str]:
    """What people of Tokyo are told after this event."""
    control.report_health(**event)
    read_queue()
    cache.clear()
    return [notice.title for notice in health_notices([Endpoint.objects.get(label=TOKYO.label)])]


def test_trouble_is_told_until_aws_closes_it(
    control: Control, tanaka: User, takahashi: User, signed_in: SignedIn
) -> None:
    (title,) = current(control, event_id="a", text="Connections to Client VPN endpoints fail.")
    assert "VPN" in title
    assert TOKYO.region in title
    page = signed_in(tanaka).get(reverse("health_events")).content.decode()
    assert "Connections to Client VPN endpoints fail." in page
    evaluate(["aws-health"])
    assert Finding.objects.filter(kind="aws-health", resolved_at=None).count() == 1
    assert current(control, event_id="a", text="It works again.", status="closed") == []
    assert "It works again." not in signed_in(tanaka).get(reverse("health_events")).content.decode()
    assert "It works again." in signed_in(takahashi).get(reverse("health_events")).content.decode()
    evaluate(["aws-health"])
    assert not Finding.objects.filter(kind="aws-health", resolved_at=None).exists()


def test_what_arrives_twice_or_late_changes_nothing(control: Control) -> None:
    current(control, event_id="a", status="closed", text="Over.")
    # Opened an hour ago, delivered only now.
    assert current(control, event_id="a", text="It began.", updated_before=3600) == []
    event = HealthEvent.objects.get()
    assert (event.status, event.descriptions) == ("closed", {"en_US": "Over."})
    sent = json.dumps(control.report_health(event_id="b"))
    control.report_health(body=sent)
    assert read_queue() == 2
    assert HealthEvent.objects.filter(arn__endswith="/b").count() == 1


@pytest.mark.parametrize(
    "event",
    [
        {"service": "RDS", "code": "AWS_RDS_OPERATIONAL_ISSUE"},
        {"category": "scheduledChange", "status": "upcoming"},
        {"entities": ["vpn-somebody-elses"], "scope": "ACCOUNT_SPECIFIC"},
        {"body": json.dumps({"source": "aws.health", "detail": {"service": "VPN"}})},
    ],
    ids=["another service", "planned", "another resource", "incomplete"],
)
def test_people_are_told_only_of_trouble_that_touches_them(control: Control, event: dict[str, Any]) -> None:
    assert current(control, **event) == []


def test_trouble_of_a_resource_of_ours_is_told(control: Control) -> None:
    endpoint = Endpoint.objects.get(label=TOKYO.label)
    arn = f"arn:aws:ec2:{TOKYO.region}:{TOKYO.account}:client-vpn-endpoint/{endpoint.endpoint_id}"
    assert len(current(control, entities=["vpn-other", arn], scope="ACCOUNT_SPECIFIC")) == 1


POISON = [
    "",
    "no json",
    "[" * 200_000,
    "[1, 2]",
    "null",
    '{"source": "aws.ec2", "detail-type": "EC2 Instance State-change Notification", "detail": {}}',
    '{"source": "aws.health", "detail": []}',
    json.dumps({"source": "aws.health", "time": "yesterday", "detail": {"eventArn": "x", "service": 1}}),
    "\x01\ud83d".encode("utf-8", "replace").decode(),
]


def test_what_is_no_event_is_kept_said_and_in_nobody_s_way(
    control: Control, takahashi: User, signed_in: SignedIn
) -> None:
    for body in filter(None, POISON):
        control.report_health(body=body)
    control.report_health(event_id="good")
    assert read_queue() == len(POISON)
    assert HealthEvent.objects.count() == 1
    kept = list(UnreadableMessage.objects.order_by("pk").values_list("fault", flat=True))
    assert sorted(kept) == sorted(
        ["broken", "broken", "foreign", "foreign", "foreign", "incomplete", "incomplete", "broken"]
    )
    # Nothing is left in the queue, and nothing that was read is read again.
    assert read_queue() == 0
    page = signed_in(takahashi).get(reverse("health_events")).content.decode()
    assert "EC2 Instance State-change Notification" in page
    evaluate(["health-unreadable"])
    assert Finding.objects.get(kind="health-unreadable").evidence == {"count": len(kept)}


def test_strange_values_are_stored_as_far_as_they_go(control: Control) -> None:
    event = control.report_health(event_id="a")
    read_queue()
    detail = event["detail"] | {
        "eventArn": "arn:strange",
        "eventDescription": [{"language": "ja_JP", "latestDescription": "a\x00b\ud800"}, 5, {}],
        "startTime": "Tue, 99 Foo 2026",
        "endTime": 17,
        "affectedEntities": [{"entityValue": None}, "x", {"entityValue": "vpn-1"}],
        "statusCode": None,
    }
    control.report_health(body=json.dumps({**event, "detail": detail, "resources": "none"}))
    read_queue()
    stored = HealthEvent.objects.get(arn="arn:strange")
    assert (stored.started_at, stored.ended_at, stored.status) == (None, None, "")
    assert stored.descriptions == {"ja_JP": "ab?"}
    assert stored.entities == ["vpn-1"]


def test_a_message_that_could_not_be_deleted_is_stored_once(control: Control) -> None:
    control.report_health(event_id="a")
    control.fail("DeleteMessage", "AccessDeniedException", status=403)
    read_queue()
    assert HealthQueue.objects.get().error_id == "aws-access-denied"
    assert HealthEvent.objects.count() == 1
