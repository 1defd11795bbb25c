"""`/operations/schedules/`: made, changed, switched and deleted by administrators, with the next five runs shown."""

from datetime import date, time

import pytest
import time_machine

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.operations.asking import ask_as
from tests.vpn.operations.schedules.conftest import at, paused
from vpn.endpoints.models import Endpoint
from vpn.operations.schedules.due import request_due
from vpn.operations.schedules.forms import ScheduleForm, offered_zones
from vpn.operations.schedules.models import Schedule

FORM = {
    "pause_at": "20:00",
    "resume_at": "08:00",
    "weekdays": ["0", "1", "2", "3", "4"],
    "zone": "Asia/Tokyo",
    "skips_holidays": "on",
    "skipped_days": "2026-12-29 – 2027-01-03\n2026-12-25",
    "when": "now",
    "hours": "1",
}


def url(endpoint: Endpoint) -> str:
    return f"/operations/schedules/new/{endpoint.endpoint_id}/"


def tags() -> list[str]:
    return list(AuditEvent.objects.order_by("sequence").values_list("tag", flat=True))


def test_the_list_says_what_a_schedule_is_for(
    endpoint: Endpoint, takahashi: User, signed_in: SignedIn
) -> None:
    page = signed_in(takahashi).get("/operations/schedules/").content.decode()
    assert "There is no schedule yet" in page
    assert url(endpoint) in page
    assert (
        "スケジュールはまだありません"
        in signed_in(takahashi, "ja").get("/operations/schedules/").content.decode()
    )


@time_machine.travel("2026-11-25T03:00:00Z", tick=False)
def test_the_next_five_runs_are_shown_before_anything_is_saved(
    endpoint: Endpoint, takahashi: User, signed_in: SignedIn
) -> None:
    page = signed_in(takahashi).post(url(endpoint), FORM | {"stage": "preview"}).content.decode()
    assert page.count("Pause the endpoint</span></li>") == 3
    assert page.count("Resume the endpoint</span></li>") == 2
    assert "2026-11-25T20:00:00+09:00" in page
    assert "Type “tokyo-main” to confirm" in page
    assert not Schedule.objects.exists()


def test_a_schedule_is_saved_with_the_name_typed(
    endpoint: Endpoint, takahashi: User, signed_in: SignedIn
) -> None:
    client = signed_in(takahashi)
    refused = client.post(url(endpoint), FORM | {"stage": "save", "typed_name": "tokyo"}).content.decode()
    assert "Type the name exactly as it is shown." in refused
    assert 'value="20:00"' in refused, "what was typed stays"
    saved = client.post(url(endpoint), FORM | {"stage": "save", "typed_name": "tokyo-main"}, follow=True)
    assert "The schedule is saved." in saved.content.decode()
    schedule = Schedule.objects.get()
    assert (schedule.pause_at, schedule.resume_at) == (time(20), time(8))
    assert (schedule.weekdays, schedule.skips_holidays) == ([0, 1, 2, 3, 4], True)
    assert schedule.skipped_days[0] == date(2026, 12, 25)
    assert len(schedule.skipped_days) == 7
    assert (schedule.acts_for, schedule.acts_for_name) == (takahashi, takahashi.name)
    assert tags() == ["schedule:created"]


def test_resuming_alone_needs_no_name(endpoint: Endpoint, takahashi: User, signed_in: SignedIn) -> None:
    signed_in(takahashi).post(url(endpoint), FORM | {"pause_at": "", "stage": "save"})
    assert Schedule.objects.get().pause_at is None


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"pause_at": "", "resume_at": ""}, "Say when to pause, when to resume, or both."),
        ({"pause_at": "08:00"}, "at the same moment"),
        ({"pause_at": "25:00"}, "Enter a time, like 18:30."),
        ({"weekdays": []}, "Choose at least one day."),
        ({"weekdays": ["7"]}, "isn't among the choices"),
        ({"zone": "Asia/Edo"}, "isn't among the choices"),
        ({"skipped_days": "tomorrow"}, "“tomorrow” is not a day."),
        ({"skipped_days": "2026-13-01"}, "is not a day"),
        ({"skipped_days": "2027-01-03 – 2026-12-29"}, "is not a day"),
        ({"skipped_days": "2026-01-01 – 2030-01-01"}, "is not a day"),
        ({"hours": "25"}, "Enter 24 or less."),
        ({"when": "later"}, "isn't among the choices"),
    ],
)
def test_bad_input_is_explained_and_kept(
    endpoint: Endpoint, takahashi: User, signed_in: SignedIn, change: dict[str, object], said: str
) -> None:
    page = signed_in(takahashi).post(url(endpoint), FORM | {"stage": "save"} | change).content.decode()
    assert said in page.replace("&#x27;", "'")
    assert "There is a problem" in page or "problems" in page
    assert not Schedule.objects.exists()


def test_japanese_digits_and_days_are_understood(
    endpoint: Endpoint, takahashi: User, signed_in: SignedIn
) -> None:
    days = "２０２６／１２／２９〜２０２７／０１／０３"
    data = FORM | {"skipped_days": days, "stage": "save", "typed_name": "ｔｏｋｙｏ-main"}
    signed_in(takahashi).post(url(endpoint), data)
    assert len(Schedule.objects.get().skipped_days) == 6


def test_a_schedule_is_changed_from_what_it_is(schedule: Schedule, suzuki: User, signed_in: SignedIn) -> None:
    other = User.objects.create(username="o@example.co.jp", name="Other", roles=["admin"])
    client = signed_in(other)
    schedule.skipped_days = [date(2026, 12, 29), date(2026, 12, 30), date(2027, 1, 4)]
    schedule.save()
    page = client.get(f"/operations/schedules/{schedule.pk}/").content.decode()
    assert 'value="20:00"' in page
    assert "2026-12-29 – 2026-12-30\n2027-01-04" in page
    data = FORM | {"pause_at": "21:30", "skipped_days": "", "stage": "save", "typed_name": "tokyo-main"}
    client.post(f"/operations/schedules/{schedule.pk}/", data)
    schedule.refresh_from_db()
    assert (schedule.pause_at, schedule.skipped_days, schedule.acts_for) == (time(21, 30), [], other)
    event = AuditEvent.objects.order_by("-sequence")[0]
    assert event.tag == "schedule:changed"
    assert (event.details["before"]["pause_at"], event.details["after"]["pause_at"]) == ("20:00", "21:30")


def test_it_is_switched_off_and_on_and_both_are_recorded(
    schedule: Schedule, takahashi: User, signed_in: SignedIn
) -> None:
    client = signed_in(takahashi)
    path = f"/operations/schedules/{schedule.pk}/switch/"
    page = client.post(path, {"on": "false"}, follow=True).content.decode()
    assert "Nothing while it is off." in page
    client.post(path, {"on": "false"})
    assert "The schedule is on." in client.post(path, {"on": "true"}, follow=True).content.decode()
    assert tags() == ["schedule:created", "schedule:changed", "schedule:changed"]


def test_it_is_deleted_after_asking_and_its_operations_stay(
    schedule: Schedule, takahashi: User, signed_in: SignedIn
) -> None:
    client = signed_in(takahashi)
    path = f"/operations/schedules/{schedule.pk}/delete/"
    assert "Delete this schedule?" in client.get(path).content.decode()
    assert Schedule.objects.exists()
    assert "The schedule is deleted." in client.post(path, follow=True).content.decode()
    assert not Schedule.objects.exists()
    assert tags()[-1] == "schedule:deleted"


def test_the_last_runs_are_listed_with_what_became_of_them(
    schedule: Schedule, takahashi: User, signed_in: SignedIn
) -> None:
    request_due(at("11-25 20:00"))
    request_due(at("11-26 12:00"))
    page = signed_in(takahashi).get("/operations/schedules/").content.decode()
    assert "Requested" in page
    assert "#1</a>" in page
    assert "Missed" in page


def test_nobody_but_an_administrator_changes_one(
    schedule: Schedule, endpoint: Endpoint, suzuki: User, sato: User, tanaka: User, signed_in: SignedIn
) -> None:
    for user in (suzuki, sato, tanaka):
        client = signed_in(user)
        for path in (
            url(endpoint),
            *(f"/operations/schedules/{schedule.pk}/{end}" for end in ("", "delete/")),
        ):
            assert client.get(path).status_code == 403
            assert client.post(path, FORM | {"stage": "save"}).status_code == 403
        assert client.post(f"/operations/schedules/{schedule.pk}/switch/", {"on": "false"}).status_code == 403
    assert Schedule.objects.get().enabled


def test_an_endpoint_that_nobody_has_seen_has_no_schedule(takahashi: User, signed_in: SignedIn) -> None:
    assert signed_in(takahashi).get("/operations/schedules/new/cvpn-endpoint-x/").status_code == 404


def test_a_resumption_that_came_to_nothing_is_offered_again(
    schedule: Schedule, endpoint: Endpoint, takahashi: User, signed_in: SignedIn
) -> None:
    """Until somebody is at it, or the endpoint has a subnet again."""
    admin = signed_in(takahashi)
    paused(endpoint)
    Schedule.objects.update(checked_until=at("11-26 07:00"))
    request_due(at("11-26 12:00"))
    link = f"/operations/new/resume-endpoint/?endpoint={endpoint.endpoint_id}&amp;plan=1"
    page = admin.get("/operations/schedules/").content.decode()
    assert "It was not resumed." in page
    assert link in page
    plan = admin.get(link.replace("&amp;", "&")).content.decode()
    assert "Nothing has changed yet" in plan
    assert "subnet-a" in plan
    ask_as(takahashi)("resume-endpoint", endpoint)
    assert "It was not resumed." not in admin.get("/operations/schedules/").content.decode()


def test_a_pause_without_a_resumption_is_not_saved_without_a_word(
    endpoint: Endpoint, takahashi: User, signed_in: SignedIn
) -> None:
    client, once = signed_in(takahashi), FORM | {"resume_at": "", "stage": "save", "typed_name": "tokyo-main"}
    page = client.post(url(endpoint), once).content.decode()
    assert "Leave it paused until somebody resumes it" in page
    assert not Schedule.objects.exists()
    client.post(url(endpoint), once | {"stays_paused": "on"})
    assert Schedule.objects.get().resume_at is None


def test_few_time_zones_are_offered_and_an_old_choice_stays(schedule: Schedule) -> None:
    assert len(offered_zones()) < 40
    assert offered_zones()[0][0] == "Asia/Tokyo"
    kept = ScheduleForm(endpoint=schedule.endpoint, initial={"zone": "Asia/Kathmandu"})
    assert ("Asia/Kathmandu", "Asia/Kathmandu") in kept.fields["zone"].choices  # type: ignore[attr-defined]
