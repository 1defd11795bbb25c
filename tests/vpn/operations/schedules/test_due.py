"""What is due is asked for once, by the person who saved the schedule; what is too late is skipped, and told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.vpn.endpoints_in_database import save_connection
from tests.vpn.operations.asking import ask_as
from tests.vpn.operations.schedules.conftest import FIELDS, at, paused
from vpn.endpoints.models import Endpoint
from vpn.notifications.models import Delivery
from vpn.operations.models import Operation
from vpn.operations.schedules import services
from vpn.operations.schedules.calendar import PAUSE, RESUME
from vpn.operations.schedules.due import request_due
from vpn.operations.schedules.models import Schedule, ScheduledRun, ScheduledRunOutcome
from vpn.operations.schedules.tasks import request_due as request_due_task
from vpn.operations.states import OperationStatus


def outcomes() -> list[tuple[str, str]]:
    return list(ScheduledRun.objects.order_by("due_at", "pk").values_list("kind", "outcome"))


def test_nothing_is_due_before_its_time(schedule: Schedule) -> None:
    request_due(at("11-25 19:59"))
    assert outcomes() == []


def test_at_its_time_it_is_asked_for_in_the_person_s_name(schedule: Schedule, takahashi: User) -> None:
    request_due(at("11-25 20:00"))
    operation = Operation.objects.get()
    assert (operation.kind, operation.status) == (PAUSE, OperationStatus.QUEUED)
    assert (operation.requested_by, operation.requested_by_name) == (takahashi, takahashi.name)
    assert operation.reason == "スケジュールによる実行：予定時刻 2026-11-25 20:00"
    run = ScheduledRun.objects.get()
    assert (run.outcome, run.operation, run.due_at) == (
        ScheduledRunOutcome.REQUESTED,
        operation,
        at("11-25 20:00"),
    )
    assert AuditEvent.objects.filter(tag="operation:requested").count() == 1


def test_looking_again_asks_for_nothing_again(schedule: Schedule) -> None:
    for minute in range(5):
        request_due(at(f"11-25 20:0{minute}"))
    assert Operation.objects.count() == 1


def test_the_database_refuses_a_second_run_of_the_same_moment(schedule: Schedule) -> None:
    """Whatever happened to what was noted."""
    request_due(at("11-25 20:00"))
    Operation.objects.update(status=OperationStatus.SUCCEEDED)
    Schedule.objects.update(checked_until=at("11-25 12:00"))
    with pytest.raises(Exception, match="scheduled_run_once"):
        request_due(at("11-25 20:05"))
    assert Operation.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_beats_at_once_ask_once(schedule: Schedule) -> None:
    def tick(_number: int) -> None:
        request_due(at("11-25 20:00"))
        connection.close()

    with ThreadPoolExecutor(4) as beats:
        list(beats.map(tick, range(8)))
    assert Operation.objects.count() == 1
    assert outcomes() == [(PAUSE, ScheduledRunOutcome.REQUESTED)]


def test_after_a_short_absence_it_is_made_up_for(schedule: Schedule) -> None:
    request_due(at("11-25 21:00"))
    assert outcomes() == [(PAUSE, ScheduledRunOutcome.REQUESTED)]


def test_after_a_long_one_it_is_skipped_and_told(schedule: Schedule, settings: Settings) -> None:
    settings.NOTIFY_WEBHOOK_URL = "https://chat.example.com/hook"
    request_due(at("11-25 21:01"))
    assert outcomes() == [(PAUSE, ScheduledRunOutcome.MISSED)]
    assert not Operation.objects.exists()
    told = Delivery.objects.get()
    assert told.subject == "スケジュールで実行されませんでした：エンドポイントを一時停止する · tokyo-main"
    assert "2026-11-25 20:00" in told.text
    request_due(at("11-25 21:05"))
    assert Delivery.objects.count() == 1


def test_each_of_several_missed_ones_is_recorded_and_the_last_may_still_be_in_time(
    schedule: Schedule,
) -> None:
    """Beat was away from Wednesday noon to Friday evening. There is no pause to be resumed from."""
    request_due(at("11-27 20:30"))
    assert outcomes() == [
        (PAUSE, ScheduledRunOutcome.MISSED),
        (RESUME, ScheduledRunOutcome.MISSED),
        (PAUSE, ScheduledRunOutcome.MISSED),
        (RESUME, ScheduledRunOutcome.MISSED),
        (PAUSE, ScheduledRunOutcome.REQUESTED),
    ]


def test_what_was_due_weeks_ago_is_forgotten(schedule: Schedule) -> None:
    request_due(at("12-30 12:00"))
    oldest = ScheduledRun.objects.order_by("due_at").first()
    assert oldest is not None
    assert oldest.due_at > at("12-23 12:00")


def test_another_operation_is_waited_for_and_after_an_hour_no_more(
    schedule: Schedule, takahashi: User, endpoint: Endpoint
) -> None:
    ask_as(takahashi)("disassociate-target-network", endpoint, subnet_id="subnet-a")
    request_due(at("11-25 20:00"))
    assert outcomes() == []
    Operation.objects.update(status=OperationStatus.SUCCEEDED)
    request_due(at("11-25 20:10"))
    assert outcomes() == [(PAUSE, ScheduledRunOutcome.REQUESTED)]
    request_due(at("11-26 08:00"))
    assert outcomes() == [(PAUSE, ScheduledRunOutcome.REQUESTED)], "the pause is still under way"
    request_due(at("11-26 09:30"))
    assert outcomes()[-1] == (RESUME, ScheduledRunOutcome.MISSED)


def test_there_is_nothing_to_pause_that_is_paused(
    schedule: Schedule, endpoint: Endpoint, settings: Settings
) -> None:
    settings.NOTIFY_WEBHOOK_URL = "https://chat.example.com/hook"
    endpoint.target_networks = []
    endpoint.save()
    request_due(at("11-25 20:00"))
    run = ScheduledRun.objects.get()
    assert (run.outcome, run.operation) == (ScheduledRunOutcome.IMPOSSIBLE, None)
    assert "停止" in run.note
    assert not Delivery.objects.exists(), "nothing went wrong"


def test_an_endpoint_that_is_gone_is_not_paused(schedule: Schedule, endpoint: Endpoint) -> None:
    endpoint.vanished_at = timezone.now()
    endpoint.save()
    request_due(at("11-25 20:00"))
    assert outcomes() == [(PAUSE, ScheduledRunOutcome.IMPOSSIBLE)]


@pytest.mark.parametrize("change", [{"roles": ["employee"]}, {"is_active": False}])
def test_whoever_may_no_longer_ask_is_not_acted_for(
    schedule: Schedule, takahashi: User, settings: Settings, change: dict[str, object]
) -> None:
    settings.NOTIFY_WEBHOOK_URL = "https://chat.example.com/hook"
    User.objects.filter(pk=takahashi.pk).update(**change)
    request_due(at("11-25 20:00"))
    assert outcomes() == [(PAUSE, ScheduledRunOutcome.REFUSED)]
    assert takahashi.name in Delivery.objects.get().text


def test_a_person_who_is_gone_is_not_acted_for(schedule: Schedule, takahashi: User) -> None:
    takahashi.delete()
    request_due(at("11-25 20:00"))
    assert outcomes() == [(PAUSE, ScheduledRunOutcome.REFUSED)]


def test_the_way_of_pausing_is_the_schedule_s(schedule: Schedule) -> None:
    Schedule.objects.update(when="empty", hours=3)
    request_due(at("11-25 20:00"))
    assert Operation.objects.get().parameters == {"when": "empty", "hours": 3}


def test_a_pause_is_resumed_as_it_was(schedule: Schedule, endpoint: Endpoint) -> None:
    request_due(at("11-25 20:00"))
    pause = Operation.objects.get()
    pause.steps.update(acted_at=timezone.now(), status="done")
    Operation.objects.update(status=OperationStatus.SUCCEEDED)
    endpoint.target_networks = []
    endpoint.save()
    request_due(at("11-26 08:00"))
    resume = Operation.objects.get(kind=RESUME)
    assert resume.parameters["subnets"] == ["subnet-a"]
    assert outcomes() == [(PAUSE, ScheduledRunOutcome.REQUESTED), (RESUME, ScheduledRunOutcome.REQUESTED)]


def test_who_is_connected_is_disconnected_as_the_schedule_says(
    schedule: Schedule, endpoint: Endpoint
) -> None:
    """The name that destructive operations ask for was typed when the schedule was saved."""
    save_connection(endpoint, "m.tanaka@example.co.jp")
    request_due(at("11-25 20:00"))
    assert Operation.objects.get().plan["people"] == ["m.tanaka@example.co.jp"]


def test_a_second_administrator_still_approves_where_that_is_wanted(
    schedule: Schedule, settings: Settings
) -> None:
    settings.OPERATIONS_REQUIRE_APPROVAL = True
    request_due(at("11-25 20:00"))
    assert Operation.objects.get().status == OperationStatus.AWAITING_APPROVAL


def test_what_is_off_is_never_due_and_is_not_made_up_for(schedule: Schedule, takahashi: User) -> None:
    services.switch(schedule=schedule, on=False, actor=takahashi)
    request_due(at("11-25 20:00"))
    services.switch(schedule=schedule, on=True, actor=takahashi)
    Schedule.objects.update(checked_until=at("11-25 20:30"))
    request_due(at("11-25 20:45"))
    assert outcomes() == []


def test_a_schedule_that_is_new_or_changed_looks_ahead_only(schedule: Schedule, takahashi: User) -> None:
    services.change(schedule=schedule, fields=FIELDS, actor=takahashi)
    schedule.refresh_from_db()
    assert schedule.checked_until > timezone.now() - timedelta(minutes=1)


def test_the_task_looks_at_now(schedule: Schedule) -> None:
    Schedule.objects.update(checked_until=timezone.now())
    request_due_task()
    assert outcomes() == []


def test_a_missed_resumption_says_that_the_endpoint_stays_paused_and_leads_to_its_plan(
    schedule: Schedule, endpoint: Endpoint, settings: Settings
) -> None:
    """Beat was away from Thursday's early morning to noon."""
    settings.NOTIFY_WEBHOOK_URL = "https://chat.example.com/hook"
    paused(endpoint)
    Schedule.objects.update(checked_until=at("11-26 07:00"))
    request_due(at("11-26 12:00"))
    assert outcomes() == [(RESUME, ScheduledRunOutcome.MISSED)]
    told = Delivery.objects.get()
    assert "一時停止のまま" in told.text
    assert told.url.endswith(f"/operations/new/resume-endpoint/?endpoint={endpoint.endpoint_id}&plan=1")


def test_a_missed_resumption_of_an_endpoint_that_is_on_says_nothing_of_that(
    schedule: Schedule, settings: Settings
) -> None:
    settings.NOTIFY_WEBHOOK_URL = "https://chat.example.com/hook"
    Schedule.objects.update(checked_until=at("11-26 07:00"))
    request_due(at("11-26 12:00"))
    assert Delivery.objects.get().url.endswith("/operations/schedules/")
