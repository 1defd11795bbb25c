"""Valkey is stopped for real: what was asked for is taken, the page says so, and beat sends it when Valkey is back."""

from collections.abc import Iterator

import pytest
from kombu import Connection, pools
from kombu.exceptions import OperationalError

from portal.access.models import User
from portal.celery import app
from sandbox.services.programs import free_port
from sandbox.services.valkey import Valkey
from tests.conftest import SignedIn
from vpn.endpoints.models import Endpoint
from vpn.operations.engine import tasks
from vpn.operations.engine.advancing import advance
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

pytestmark = pytest.mark.django_db(transaction=True)
ROUTE = {"destination_cidr": "10.9.0.0/16", "target_subnet": "subnet-0a1b2c3d"}


def use(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Send tasks there: Celery keeps connections to the queue that it knew."""
    monkeypatch.setattr(app.conf, "broker_url", url)
    forget_connections()


def forget_connections() -> None:
    pools.reset()
    # Celery has no public way to be told that its queue is elsewhere.
    for owner, name in ((app, "_pool"), (app.amqp, "_producer_pool")):
        setattr(owner, name, None)


@pytest.fixture
def valkey(monkeypatch: pytest.MonkeyPatch) -> Iterator[Valkey]:
    """One of this test's own, so that no other test misses it."""
    with Valkey(throwaway=True, port=free_port()) as own:
        use(own.url, monkeypatch)
        yield own
        monkeypatch.undo()
        forget_connections()


def waiting_messages(valkey: Valkey) -> int:
    with Connection(valkey.url) as connection, connection.SimpleQueue("celery") as queue:
        return int(queue.qsize())


def test_a_queue_that_is_down_loses_nothing_and_the_page_says_that_it_was_taken(
    plain_endpoint: Endpoint, takahashi: User, signed_in: SignedIn, valkey: Valkey
) -> None:
    admin = signed_in(takahashi)
    place = {"endpoint": plain_endpoint.endpoint_id, **ROUTE}
    page = admin.post("/operations/new/create-route/", place | {"stage": "plan"}).content.decode()
    digest = page.partition('name="digest" value="')[2][:64]
    valkey.stop()
    with pytest.raises(OperationalError):
        tasks.run.apply_async(args=("nobody",), retry=False)
    answer = admin.post(
        "/operations/new/create-route/", place | {"stage": "run", "digest": digest, "reason": "x"}
    )
    operation = Operation.objects.get()
    assert answer.status_code == 302
    assert answer.headers["Location"] == operation.get_absolute_url()
    assert operation.status == OperationStatus.QUEUED
    assert admin.get(operation.get_absolute_url()).status_code == 200
    # Beat asks every ten seconds.
    assert advance() == [str(operation.pk)]


def test_a_request_is_sent_at_once_while_the_queue_is_there(
    plain_endpoint: Endpoint, takahashi: User, signed_in: SignedIn, valkey: Valkey
) -> None:
    admin = signed_in(takahashi)
    place = {"endpoint": plain_endpoint.endpoint_id, **ROUTE}
    page = admin.post("/operations/new/create-route/", place | {"stage": "plan"}).content.decode()
    digest = page.partition('name="digest" value="')[2][:64]
    admin.post("/operations/new/create-route/", place | {"stage": "run", "digest": digest, "reason": "x"})
    assert waiting_messages(valkey) == 1
