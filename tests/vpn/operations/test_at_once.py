"""Two of everything at the same moment: administrators at their pages, workers, beats; and messages that come twice."""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import redis
from django.conf import settings
from django.db import connection
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from portal.audit import chain, queries
from portal.audit.models import AuditEvent
from portal.audit.serialize import as_mapping
from portal.celery import app
from portal.schedule import beat_schedule
from tests.conftest import SignedIn
from tests.vpn.operations.asking import Ask, finish, plan
from tests.vpn.operations.every_kind import LAB, World
from vpn.connection_log.models import Connection
from vpn.endpoints.models import AwsAccount, Endpoint, LiveConnection
from vpn.notifications.models import Delivery
from vpn.operations.engine import tasks
from vpn.operations.engine.advancing import advance
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

# Here, for a task that is imported after a test has closed the application is not registered any more.
app.loader.import_default_modules()
pytestmark = pytest.mark.django_db(transaction=True)
SUBNET = "subnet-0a1b2c3d"
ROUTE = {"destination_cidr": "10.9.0.0/16", "target_subnet": SUBNET}


def at_once(*calls: Callable[[], object]) -> None:
    """Each in a thread and with a database connection of its own; what one raises, this raises."""
    barrier, errors = threading.Barrier(len(calls)), list[BaseException]()

    def run(call: Callable[[], object]) -> None:
        try:
            barrier.wait(30)
            call()
        except BaseException as error:  # noqa: BLE001  # raised again below, where pytest sees it
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    for error in errors:
        raise error


@pytest.fixture
def kobayashi(takahashi: User) -> User:
    """A second administrator."""
    return User.objects.create(username="kobayashi@example.co.jp", name="小林 誠", roles=takahashi.roles)


@pytest.mark.parametrize(
    ("slug", "data"),
    [("create-route", ROUTE), ("pause-endpoint", {"when": "now"})],
    ids=["the same", "one that must be alone"],
)
def test_of_two_administrators_at_their_pages_one_reads_the_name_of_the_other(
    slug: str,
    data: dict[str, str],
    plain_endpoint: Endpoint,
    takahashi: User,
    kobayashi: User,
    signed_in: SignedIn,
) -> None:
    pages: dict[str, str] = {}

    def click(user: User, kind: str, given: dict[str, str]) -> None:
        draft = plan(kind, plain_endpoint, **given)
        sent = {**given, "endpoint": plain_endpoint.endpoint_id, "stage": "run", "digest": draft.digest}
        sent |= {"reason": "now", "typed_name": draft.name_to_type}
        client: Client = signed_in(user)
        at_the_page.wait(30)
        answer = client.post(f"/operations/new/{kind}/", sent)
        pages[user.name] = answer.content.decode() if answer.status_code == 200 else ""

    at_the_page = threading.Barrier(2)
    at_once(
        lambda: click(takahashi, "create-route", ROUTE),
        lambda: click(kobayashi, slug, data),
    )
    operation = Operation.objects.get()
    first = operation.requested_by_name
    assert pages[first] == ""
    (second,) = set(pages) - {first}
    assert first in pages[second]
    assert f"#{operation.number}" in pages[second]
    assert AuditEvent.objects.filter(tag="operation:requested").count() == 1


@pytest.fixture
def no_queue() -> Iterator[None]:
    """Nothing listens where Redis should."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(app.conf, "broker_url", "redis://127.0.0.1:9/0")
        app.close()
        yield
    app.close()


def test_while_redis_is_down_the_page_takes_the_operation_and_shows_it(
    no_queue: None, plain_endpoint: Endpoint, takahashi: User, signed_in: SignedIn
) -> None:
    digest = plan("create-route", plain_endpoint, **ROUTE).digest
    sent = {**ROUTE, "endpoint": plain_endpoint.endpoint_id, "stage": "run", "digest": digest, "reason": "x"}
    client = signed_in(takahashi)
    answer = client.post("/operations/new/create-route/", sent)
    operation = Operation.objects.get()
    assert answer["Location"] == operation.get_absolute_url()
    page = client.get(operation.get_absolute_url())
    assert page.status_code == 200
    assert "Queued" in page.content.decode()
    assert advance() == [str(operation.pk)]


def test_a_queue_that_was_emptied_loses_nothing(plain_endpoint: Endpoint, ask: Ask) -> None:
    operation = ask("create-route", plain_endpoint, **ROUTE)
    with redis.Redis.from_url(settings.REDIS_URL) as queue:
        queue.flushdb()
    assert advance() == [str(operation.pk)]


def test_a_message_that_comes_twice_late_or_early_changes_nothing_more(
    world: World, elsewhere: Endpoint
) -> None:
    early = world.ask("create-route", elsewhere, **ROUTE)
    for status in (OperationStatus.SCHEDULED, OperationStatus.AWAITING_APPROVAL, OperationStatus.CANCELLED):
        Operation.objects.filter(pk=early.pk).update(status=status)
        tasks.run(str(early.pk))
        assert Operation.objects.get(pk=early.pk).status == status
    operation = world.ask("create-route", world.tokyo, destination_cidr=LAB, target_subnet=world.subnet)
    pk = str(operation.pk)
    world.control.forget_calls()
    world.control.slow("CreateClientVpnRoute", 0.2)
    at_once(lambda: tasks.run(pk), lambda: tasks.run(pk))
    finish(operation, between=lambda: world.control.skip(60))
    made = [call for call in world.control.calls() if call["action"] == "CreateClientVpnRoute"]
    assert [response["status"] for response in made] == [412, 200]
    asked = len(world.control.calls())
    tasks.run(pk)
    assert len(world.control.calls()) == asked
    assert Operation.objects.get(pk=pk).status == OperationStatus.SUCCEEDED


@pytest.fixture
def elsewhere(plain_endpoint: Endpoint) -> Endpoint:
    """One that AWS doesn't know."""
    plain_endpoint.label = "elsewhere"
    plain_endpoint.save()
    return plain_endpoint


def rows() -> dict[str, int]:
    """Of all that beat's tasks write, but for what counts the looks themselves."""
    counted = (AwsAccount, Endpoint, LiveConnection, Connection, Delivery, AuditEvent, Operation)
    return {model.__name__: model.objects.count() for model in counted}


def two_beats() -> None:
    """Send every task of the schedule, each twice at the same moment; what they send on is done on the spot."""
    app.conf.task_always_eager = True
    try:
        for entry in beat_schedule(snapshot_seconds=60).values():
            at_once(app.tasks[entry["task"]], app.tasks[entry["task"]])
    finally:
        app.conf.task_always_eager = False


def test_of_two_beats_at_once_one_does_the_work(world: World, elsewhere: Endpoint) -> None:
    hour = timedelta(hours=1)
    for number in range(3):
        world.connect("tokyo-main")
        late = world.ask(
            "create-route", elsewhere, destination_cidr=f"10.{number}.0.0/16", target_subnet=SUBNET
        )
        Operation.objects.filter(pk=late.pk).update(deadline_at=timezone.now() - hour)
    due = world.ask("create-route", world.tokyo, destination_cidr=LAB, target_subnet=world.subnet)
    Operation.objects.filter(pk=due.pk).update(
        status=OperationStatus.SCHEDULED, not_before=timezone.now() - hour
    )
    two_beats()
    finish(due, between=lambda: world.control.skip(60))
    assert (due.status, due.error_id) == (OperationStatus.SUCCEEDED, "")
    failed = AuditEvent.objects.filter(tag="operation:failed").values_list("details__operation", flat=True)
    assert len(failed) == len(set(failed)) == 3
    logged = Counter(Connection.objects.values_list("connection_id", flat=True))
    assert set(logged) > {live["id"] for live in world.control.connections()}
    assert set(logged.values()) == {1}
    assert not chain.verify(map(as_mapping, queries.chain())).problem
    before = rows()
    two_beats()
    assert rows() == before
