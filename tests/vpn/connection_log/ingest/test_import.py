"""What is in CloudWatch Logs is in the database, once; what goes wrong is said where it went wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from portal.locks import AdvisoryLock
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import OSAKA, TOKYO
from tests.vpn.connection_log.adversary import Adversary
from tests.vpn.connection_log.ingest.published import GROUP, ago, publish
from tests.vpn.connection_log.log_lines import ended, line, started
from tests.vpn.connection_log.raw_log import ask
from vpn.aws import accounts
from vpn.aws.session import forget_sessions
from vpn.connection_log.ingest import services
from vpn.connection_log.ingest.pages import PROBLEMS
from vpn.connection_log.ingest.services import OVERLAP, ImportResult
from vpn.connection_log.models import Connection, ConnectionEvent, LogSource, LostLog, UnreadableLine
from vpn.endpoints.models import Endpoint
from vpn.endpoints.services import sync_all

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def quick(synced: Architecture, settings: Settings) -> None:
    settings.LOG_REQUESTS_PER_SECOND = 25


def tokyo() -> ImportResult:
    [result] = services.import_account(accounts.configured()[0], log_group=GROUP)
    return result


def source() -> LogSource:
    return LogSource.objects.get(log_group=GROUP)


def test_a_connection_is_found_with_its_events(synced: Architecture, control: Control) -> None:
    made = control.connect(
        account=TOKYO.account,
        region=TOKYO.region,
        endpoint_id=synced.tokyo.endpoint_id,
        username="tanaka@example.co.jp",
        device_ip="198.51.100.27",
    )
    assert tokyo().counts.events == len(["waiting", "assertion received", "successful"])
    control.disconnect(made["id"])
    assert tokyo().counts.events == 1
    row = Connection.objects.select_related("user").get(connection_id=made["id"])
    assert (row.status, row.endpoint_id, row.device_ip) == (
        "ended",
        synced.tokyo.endpoint_id,
        "198.51.100.27",
    )
    assert row.user is not None
    assert row.user.username == "tanaka@example.co.jp"
    assert source().events == ConnectionEvent.objects.count() == 4


def test_what_was_read_is_read_again_and_kept_once(aws: str) -> None:
    publish(aws, [started(connection_last_update_time=ago(minutes=3))])
    assert tokyo().counts.events == 1
    again = tokyo().counts
    assert (again.lines, again.events) == (1, 0)
    assert Connection.objects.count() == ConnectionEvent.objects.count() == source().events == 1


def test_the_cursor_is_where_everything_has_been_read(aws: str) -> None:
    before = timezone.now()
    publish(aws, [started()])
    tokyo()
    row = source()
    assert row.read_until is not None
    assert before <= row.read_until <= timezone.now()
    assert row.newest_event_at == datetime(2026, 11, 20, 1, tzinfo=UTC)
    assert (row.error_id, list(row.streams)) == ("", ["a"])


def test_an_event_that_appears_late_within_the_overlap_is_found(aws: str) -> None:
    tokyo()
    publish(aws, [started()], at=timezone.now() - OVERLAP + timedelta(minutes=1), stream="late")
    assert tokyo().counts.events == 1


def test_an_event_that_appears_a_day_late_is_found_by_the_daily_longer_look(aws: str) -> None:
    tokyo()
    publish(aws, [started()], at=timezone.now() - timedelta(hours=20), stream="late")
    assert tokyo().counts.events == 0
    LogSource.objects.update(deep_read_at=timezone.now() - timedelta(hours=25))
    assert tokyo().counts.events == 1


def test_the_first_read_goes_back_as_far_as_connections_are_kept(aws: str) -> None:
    publish(aws, [started()], at=timezone.now() - timedelta(days=10))
    publish(aws, [ended()])
    assert tokyo().counts.events == 2


def test_lines_that_cannot_be_read_are_kept_once_with_what_is_wrong(aws: str) -> None:
    lines = ["no JSON", '{"connection-log-type": "else"}', line(port="70000"), "no JSON", '"\\u0000 \ud83d"']
    publish(aws, [text.encode("utf-8", "replace").decode() for text in lines])
    counts = tokyo().counts
    assert (counts.lines, counts.events, counts.unreadable) == (5, 1, 4)
    assert tokyo().counts.unreadable == 0
    assert sorted(UnreadableLine.objects.values_list("problem", "raw")) == [
        ("not-json", '"\\u0000 ?"'),
        ("not-json", "no JSON"),
        ("port", line(port="70000")),
        ("time", '{"connection-log-type": "else"}'),
    ]
    assert Connection.objects.get().port is None


def test_a_log_as_nobody_would_wish_for_is_read_to_its_end(aws: str) -> None:
    lines = [text.encode("utf-8", "replace").decode() for text in Adversary(9).lines(40)]
    for begin in range(0, len(lines), 200):
        publish(aws, lines[begin : begin + 200], stream=str(begin))
    raw = ask(lines, now=datetime.now(UTC).replace(tzinfo=None))
    counts = tokyo().counts
    assert (counts.lines, counts.complete) == (len(lines), True)
    assert dict(Connection.objects.values_list("connection_id", "status")) == raw.status
    whole = UnreadableLine.objects.filter(problem__in=PROBLEMS).values_list("raw", flat=True)
    assert set(whole) == {text.replace("\0", "\ufffd") for text in raw.unreadable}


def test_an_events_own_time_counts_however_old_it_is(aws: str) -> None:
    old = "2020-03-26 20:37:15"
    publish(aws, [started(connection_start_time=old, connection_last_update_time=old)])
    assert tokyo().counts.events == 1
    assert f"{Connection.objects.get().at:%Y-%m-%d %H:%M:%S}" == old


def test_one_log_group_that_is_missing_keeps_no_other_from_being_read(synced: Architecture, aws: str) -> None:
    endpoint = Endpoint.objects.get(endpoint_id=synced.tokyo.endpoint_id)
    endpoint.pk, endpoint.endpoint_id, endpoint.log_group = None, "cvpn-endpoint-1", "/missing"
    endpoint.save()
    publish(aws, [started()])
    results = {result.log_group: result for result in services.import_account(accounts.configured()[0])}
    missing, read = results["/missing"], results[GROUP]
    assert missing.error is not None
    assert (missing.error.id, read.counts.events) == ("aws-not-found", 1)
    assert LogSource.objects.get(log_group="/missing").error_code == "ResourceNotFoundException"


def test_a_failure_is_recorded_and_forgotten_by_the_next_good_read(control: Control, hurried: None) -> None:
    control.fail("FilterLogEvents", "ThrottlingException", region=TOKYO.region)
    assert tokyo().error is not None
    row = source()
    assert (row.error_id, row.read_until, row.seen_at) == ("aws-throttled", None, None)
    control.heal()
    assert tokyo().error is None
    assert (source().error_id, source().read_until is None) == ("", False)


def test_what_was_logged_while_the_log_group_was_gone_is_known_to_be_lost(
    control: Control, hurried: None
) -> None:
    tokyo()
    before = source().read_until
    control.fail("FilterLogEvents", "ResourceNotFoundException", region=TOKYO.region)
    tokyo()
    control.heal()
    control.fail("FilterLogEvents", "ThrottlingException", region=TOKYO.region)
    tokyo()
    control.heal()
    assert LostLog.objects.get().until is None
    tokyo()
    loss = LostLog.objects.get()
    assert (loss.source, loss.since) == (source(), before)
    assert loss.until is not None
    assert loss.until > loss.since


def test_the_line_with_which_aws_tries_its_permissions_is_passed_over(aws: str) -> None:
    test = (
        "Permissions are set correctly to allow AWS CloudWatch Logs to write into your logs while creating a"
    )
    publish(aws, [f"{test} subscription.", started()])
    counts = tokyo().counts
    assert (counts.events, counts.unreadable) == (1, 0)
    assert not UnreadableLine.objects.exists()


def test_an_account_that_cannot_be_entered_is_said_at_each_of_its_log_groups(control: Control) -> None:
    control.fail("AssumeRole", "AccessDenied")
    forget_sessions()
    results = services.import_account(accounts.configured()[1])
    assert len(results) == 2
    assert all(result.error for result in results)
    sources = LogSource.objects.filter(account__name="osaka")
    assert [source.error_id for source in sources] == ["aws-access-denied"] * 2


def test_a_log_group_is_read_on_after_its_endpoint_is_gone_and_then_no_more(aws: str) -> None:
    tokyo()
    Endpoint.objects.update(vanished_at=timezone.now())
    publish(aws, [started()])
    assert tokyo().counts.events == 1
    LogSource.objects.update(named_at=timezone.now() - timedelta(days=3))
    assert services.import_account(accounts.configured()[0]) == []


def test_a_log_group_that_another_process_reads_is_left_alone(aws: str) -> None:
    tokyo()
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [AdvisoryLock.LOG_IMPORT, source().pk])
        assert tokyo().busy
    other.close()
    assert not tokyo().busy


def test_duplicates_delays_and_disorder_of_the_sandbox_lose_nothing(
    synced: Architecture, control: Control
) -> None:
    control.log_switches(duplicates=0.5, shuffled=0.5, malformed=0.3, unknown_fields=0.5)
    made = [
        control.connect(
            account=place.account,
            region=place.region,
            endpoint_id=endpoint_id,
            username=f"person-{number}",
            device_ip="198.51.100.27",
        )["id"]
        for number in range(20)
        for place, endpoint_id in (
            (TOKYO, synced.tokyo.endpoint_id),
            (OSAKA, synced.osaka.endpoint_id),
        )
    ]
    for item in made[::2]:
        control.disconnect(item)
    services_of_all()
    control.skip(120)
    services_of_all()
    control.log_switches(duplicates=0.0, shuffled=0.0, malformed=0.0, unknown_fields=0.0)
    known = dict(Connection.objects.values_list("connection_id", "status"))
    assert {item: known.get(item) for item in made} == {
        item: "ended" if number % 2 == 0 else "open" for number, item in enumerate(made)
    }


def services_of_all() -> None:
    for account in accounts.configured():
        assert not any(result.error for result in services.import_account(account))


def test_calls_at_rest_stay_below_twelve_for_an_endpoint_however_many_people(
    synced: Architecture, control: Control
) -> None:
    """A minute is one look and one read of the log."""
    services_of_all()
    counted = []
    for people in (0, 100):
        for number in range(people):
            control.connect(
                account=TOKYO.account,
                region=TOKYO.region,
                endpoint_id=synced.tokyo.endpoint_id,
                username=f"person-{number}",
                device_ip="198.51.100.27",
            )
        before = len(control.calls())
        sync_all()
        services_of_all()
        counted.append(len(control.calls()) - before)
    assert counted[0] == counted[1] <= 2 * 12
