"""What monitoring reads, and who may."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import redis
import time_machine
from django.db import DataError, connection
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from portal.access.models import IdentityProviderMetadata, User
from portal.audit.models import AuditEvent
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.tasks import log_head
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.egress.models import EgressCheck
from vpn.monitoring.durations import TASKS
from vpn.monitoring.request_durations import RequestDurationMiddleware
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

pytestmark = pytest.mark.django_db

TOKEN = "a-token-for-monitoring"
LIMITS = (*TASKS.buckets, "+Inf")
DOCS = Path(__file__).resolve().parent.parent.parent / "docs"


@pytest.fixture(autouse=True)
def token(settings: Settings) -> None:
    settings.METRICS_TOKEN = TOKEN


def scrape(authorization: str = f"Bearer {TOKEN}") -> tuple[int, str]:
    response = Client().get("/metrics", headers={"authorization": authorization})
    return response.status_code, response.content.decode()


def samples() -> dict[str, float]:
    """Each line's name with labels, and its value."""
    lines = [line for line in scrape()[1].splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def sample(name: str) -> float:
    (value,) = [value for key, value in samples().items() if key.startswith(name)]
    return value


def test_without_a_token_in_the_settings_there_is_no_such_page(settings: Settings) -> None:
    settings.METRICS_TOKEN = ""
    assert scrape()[0] == 404
    assert scrape("Bearer ")[0] == 404


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer wrong", f"Basic {TOKEN}", "Bearer 玄関"])
def test_it_refuses_whoever_does_not_know_the_token(authorization: str) -> None:
    assert scrape(authorization) == (401, "")


def test_a_session_is_no_token(takahashi: User, signed_in: SignedIn) -> None:
    assert signed_in(takahashi).get("/metrics").status_code == 401


def test_it_is_prometheus_text_that_starts_each_metric_with_its_meaning() -> None:
    save_endpoint()
    response = Client().get("/metrics", headers={"authorization": f"bearer {TOKEN}"})
    assert response["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    sample = re.compile(r'genkan_\w+(\{\w+="[^"\n]*"(,\w+="[^"\n]*")*\})? (\+Inf|\d+(\.\d+)?(e[+-]\d+)?)')
    for line in response.content.decode().splitlines():
        assert re.fullmatch(
            r"# HELP genkan_\w+ .+\.|# TYPE genkan_\w+ (gauge|histogram)", line
        ) or sample.fullmatch(line)


def test_it_escapes_what_people_write_into_labels() -> None:
    save_endpoint('東京 "main"\\\n')
    assert r'label="東京 \"main\"\\\n"} ' in scrape()[1]


def test_an_endpoint_tells_its_ages_its_error_and_its_connections() -> None:
    now = timezone.now()
    endpoint = save_endpoint(
        seen_at=now - timedelta(seconds=700),
        attempted_at=now - timedelta(seconds=20),
        error_id="aws-throttled",
    )
    for person in ("a@example.co.jp", "b@example.co.jp"):
        save_connection(endpoint, person)
    assert 700 <= sample("genkan_endpoint_snapshot_age_seconds{") < 710
    assert 20 <= sample("genkan_endpoint_attempt_age_seconds{") < 30
    assert sample("genkan_endpoint_connections{") == 2
    failed = f'account="tokyo",endpoint="{endpoint.endpoint_id}",error_id="aws-throttled",label="tokyo-main"'
    assert samples()[f"genkan_endpoint_error{{{failed}}}"] == 1


def test_an_endpoint_that_is_gone_from_aws_is_not_reported() -> None:
    save_endpoint(vanished_at=timezone.now())
    assert "genkan_endpoint_snapshot_age_seconds{" not in scrape()[1]


def test_a_configured_account_that_was_never_reached_is_infinitely_old() -> None:
    save_endpoint()
    values = samples()
    assert values['genkan_account_snapshot_age_seconds{account="tokyo",region="ap-northeast-1"}'] < 10
    never = values['genkan_account_snapshot_age_seconds{account="osaka",region="ap-northeast-3"}']
    assert never == float("inf")


def test_an_account_that_is_no_longer_configured_is_not_reported(settings: Settings) -> None:
    save_endpoint()
    settings.VPN_ACCOUNTS = [{"name": "osaka", "region": "ap-northeast-3"}]
    assert 'genkan_account_error{account="tokyo"' not in scrape()[1]


def test_the_metadata_tell_their_age_and_whether_the_last_refresh_failed(settings: Settings) -> None:
    assert sample("genkan_metadata_age_seconds") == float("inf")
    now = timezone.now()
    IdentityProviderMetadata.objects.create(
        source=settings.SAML_IDP_METADATA,
        document="<good/>",
        fetched_at=now - timedelta(hours=2),
        attempted_at=now,
        error="It answered with status 500.",
    )
    assert 7200 <= sample("genkan_metadata_age_seconds") < 7210
    assert sample("genkan_metadata_refresh_failed") == 1


def test_the_audit_record_tells_its_newest_number_and_what_happened_lately() -> None:
    for _ in range(3):
        record(Tag.SIGN_IN_FAILED, actor_username="nobody")
    AuditEvent.objects.bulk_create(
        AuditEvent(sequence=9 + n, at=timezone.now() - age, tag=Tag.SIGN_IN_FAILED, hash=str(n))
        for n, age in enumerate([timedelta(hours=2), timedelta(hours=25)])
    )
    values = samples()
    assert values["genkan_audit_last_sequence"] == 10
    assert values['genkan_audit_events_last_hour{tag="sign-in:failed"}'] == 3
    assert values['genkan_audit_events_last_day{tag="sign-in:failed"}'] == 4
    assert values['genkan_audit_events_last_day{tag="breakglass:used"}'] == 0


@pytest.fixture
def queue(settings: Settings) -> Iterator[None]:
    """The queue, empty before and after; no worker takes anything from it."""
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        durations = [f"genkan:durations:genkan_{kind}_seconds" for kind in ("request", "task")]
        client.delete("celery", *durations)
        yield
        client.delete("celery", *durations)


def test_operations_tell_what_is_open_since_when_it_waits_and_what_failed() -> None:
    assert sample("genkan_operation_queued_seconds") == 0
    now = timezone.now()
    for number, (status, changes) in enumerate(
        [
            (OperationStatus.QUEUED, {"not_before": now - timedelta(minutes=7)}),
            (OperationStatus.QUEUED, {"decided_at": now - timedelta(minutes=2)}),
            (OperationStatus.SCHEDULED, {"not_before": now + timedelta(days=1)}),
            (OperationStatus.FAILED, {"finished_at": now - timedelta(hours=23)}),
            (OperationStatus.FAILED, {"finished_at": now - timedelta(hours=25)}),
            (OperationStatus.SUCCEEDED, {"finished_at": now}),
        ],
        start=1,
    ):
        operation = Operation.objects.create(
            number=number, kind="x", status=status, lock_range=(number, number + 1), **changes
        )
        Operation.objects.filter(pk=operation.pk).update(created_at=now - timedelta(days=2))
    values = samples()
    assert values['genkan_operations{status="queued"}'] == 2
    assert values['genkan_operations{status="scheduled"}'] == 1
    assert values['genkan_operations{status="running"}'] == 0
    assert 420 <= values["genkan_operation_queued_seconds"] < 430
    assert values["genkan_operations_failed_last_day"] == 1


def test_without_the_queue_it_answers_and_says_so(settings: Settings, queue: None) -> None:
    assert sample("genkan_queue_up") == 1
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    values = samples()
    assert values["genkan_queue_up"] == 0
    assert not {"genkan_queue_tasks", "genkan_queue_age_seconds"} & set(values)


def test_it_tells_how_much_waits_in_the_queue_and_since_when(queue: None) -> None:
    assert (sample("genkan_queue_tasks"), sample("genkan_queue_age_seconds")) == (0, 0)
    with time_machine.travel(timezone.now() - timedelta(seconds=90), tick=False):
        log_head.delay()
    log_head.delay()
    assert sample("genkan_queue_tasks") == 2
    assert 90 <= sample("genkan_queue_age_seconds") < 100


def test_it_tells_how_long_requests_took(queue: None) -> None:
    middleware = RequestDurationMiddleware(lambda request: HttpResponse(status=404), write_every_seconds=0)
    for _ in range(2):
        middleware(RequestFactory().get("/nothing/"))
    values = samples()
    assert values['genkan_request_seconds_bucket{le="+Inf",status="404",view=""}'] == 2
    assert values['genkan_request_seconds_count{status="404",view=""}'] == 2
    assert 0 < values['genkan_request_seconds_sum{status="404",view=""}'] < 10


def test_durations_of_requests_are_handed_over_together(queue: None) -> None:
    middleware = RequestDurationMiddleware(lambda request: HttpResponse(), write_every_seconds=3600)
    middleware(RequestFactory().get("/"))
    assert not [name for name in samples() if 'view=""' in name]


def test_requests_are_answered_while_the_durations_have_nowhere_to_go(settings: Settings) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:9/0"
    middleware = RequestDurationMiddleware(lambda request: HttpResponse(), write_every_seconds=0)
    assert middleware(RequestFactory().get("/")).status_code == 200


def test_it_tells_how_long_tasks_took_and_how_they_ended(queue: None) -> None:
    log_head.apply()
    assert sample(f'genkan_task_seconds_count{{state="SUCCESS",task="{log_head.name}"}}') == 1


def test_a_bucket_counts_what_the_smaller_ones_count_too(queue: None) -> None:
    TASKS.record([(("x", "SUCCESS"), seconds) for seconds in (0.1, 0.2, 400)])
    values = samples()
    buckets = [values[f'genkan_task_seconds_bucket{{le="{le}",state="SUCCESS",task="x"}}'] for le in LIMITS]
    assert buckets == [1, 2, 2, 2, 2, 2, 2, 3]
    assert values['genkan_task_seconds_sum{state="SUCCESS",task="x"}'] == pytest.approx(400.3)


def test_people_are_counted_by_what_was_found_of_them_within_the_hour(
    tanaka: User, sato: User, suzuki: User, signed_in: SignedIn
) -> None:
    save_endpoint()
    for user in (tanaka, sato, suzuki):
        signed_in(user).get("/", headers={"x-forwarded-for": "203.0.113.10"})
    signed_in(sato).get("/egress/", headers={"x-forwarded-for": "192.0.2.10"})
    EgressCheck.objects.filter(user=suzuki).update(checked_at=timezone.now() - timedelta(minutes=61))
    values = samples()
    counts = {
        finding: values[f'genkan_people_by_finding{{finding="{finding}"}}']
        for finding in ("vpn", "office", "outside")
    }
    assert counts == {"vpn": 1, "office": 1, "outside": 0}


def test_without_the_database_it_is_a_failed_scrape() -> None:
    with connection.cursor() as cursor, pytest.raises(DataError):
        cursor.execute("SELECT 1 / 0")
    # PostgreSQL now refuses every query of this test's transaction.
    assert scrape() == (503, "")


def test_the_number_of_queries_does_not_grow(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for label in ("a", "b", "c"):
        save_connection(save_endpoint(label), "m.tanaka@example.co.jp")
    with django_assert_num_queries(13):
        assert scrape()[0] == 200


def test_every_metric_is_explained_and_no_unknown_one_is() -> None:
    explained = re.findall(
        r"^\| `(genkan_\w+)` \|", (DOCS / "monitoring.md").read_text(encoding="utf-8"), re.MULTILINE
    )
    assert explained == re.findall(r"^# TYPE (\w+)", scrape()[1], re.MULTILINE)


def test_the_token_is_explained_where_the_other_variables_are() -> None:
    assert "`METRICS_TOKEN`" in (DOCS / "configuration.md").read_text(encoding="utf-8")
