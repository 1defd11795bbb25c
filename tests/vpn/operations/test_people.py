"""Ending people's connections and keeping them out, on every endpoint."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import pytest
import time_machine
from django.utils import timezone
from pytest_django import Settings

from portal.access.models import User
from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed import Architecture
from sandbox.company import OSAKA, PEOPLE, TOKYO, EndpointSeed
from tests.vpn.connection_log.log_lines import keep, line
from tests.vpn.operations.asking import Ask, finish, plan
from vpn.authorization_policy.models import EndpointPolicy
from vpn.aws import deny_list
from vpn.aws.accounts import Account
from vpn.aws.session import dynamodb_client
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_kind
from vpn.operation_plans.consequences import Reconnection
from vpn.operations.engine import worker
from vpn.operations.models import Operation
from vpn.operations.refusals import EndpointBusy, NameNotTyped, TooManyPeople
from vpn.operations.requests import services
from vpn.operations.states import OperationStatus
from vpn.person_operations import cedar

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client

TABLE: Final = "genkan-deny-list"
TANAKA: Final = PEOPLE[0].email
LIAM: Final = PEOPLE[1].email
Look = Callable[[], Endpoint]
Connect = Callable[..., str]


@pytest.fixture(autouse=True)
def accounts(tanaka: User) -> None:
    """Both have signed in to the portal, so it knows them."""
    liam = PEOPLE[1]
    User.objects.create(username=liam.email, email=liam.email, name=liam.name, roles=["employee"])


@pytest.fixture
def connect(control: Control, architecture: Architecture) -> Connect:
    """A device connects; the connection's id."""
    ids = {TOKYO.label: architecture.tokyo.endpoint_id, OSAKA.label: architecture.osaka.endpoint_id}

    def made(username: str = TANAKA, place: EndpointSeed = TOKYO) -> str:
        answer = control.connect(
            account=place.account,
            region=place.region,
            endpoint_id=ids[place.label],
            username=username,
            device_ip="198.51.100.27",
        )
        return str(answer["id"])

    return made


@pytest.fixture
def deny_table(architecture: Architecture, settings: Settings) -> "Iterator[DynamoDBClient]":
    """That of the seed: in Tokyo's account only."""
    settings.VPN_DENY_LIST_TABLE = {"tokyo": TABLE}
    with dynamodb_client(Account("tokyo", TOKYO.region)) as client:
        yield client


def states(control: Control) -> dict[str, str]:
    return {connection["id"]: connection["status"] for connection in control.connections()}


def later(operation: Operation, **more: Any) -> Operation:
    """Until it has ended; each turn of the worker is half a minute after the last."""
    with time_machine.travel(timezone.now()) as clock:

        def between() -> None:
            clock.shift(timedelta(seconds=30))
            if more.get("each"):
                more["each"]()

        return finish(operation, between=between)


def test_all_connections_of_a_person_end_on_every_endpoint_however_many(
    ask: Ask, connect: Connect, control: Control, resync: Look, tanaka: User
) -> None:
    theirs = {connect() for _ in range(7)} | {connect(place=OSAKA)}
    others = {connect(LIAM), connect(LIAM, OSAKA)}
    resync()
    operation = later(ask("terminate-person", None, usernames=TANAKA))
    assert operation.status == OperationStatus.SUCCEEDED
    now = states(control)
    assert {connection_id for connection_id in now if now[connection_id] == "active"} == others
    assert operation.plan["people"] == [tanaka.name]
    evidence = operation.steps.get(key="end-connections:0").after["endpoints"]
    recorded_ids = {
        connection["connection_id"]
        for endpoint in evidence.values()
        for connection in endpoint["connections"]
    }
    assert recorded_ids == theirs


def test_names_that_aws_does_not_tell_come_from_the_connection_log(
    ask: Ask, connect: Connect, control: Control, resync: Look
) -> None:
    control.show_saml_usernames(False)
    theirs, others = connect("device-17"), connect("device-18")
    logged([(theirs, TANAKA), (others, LIAM)])
    resync()
    operation = later(ask("terminate-person", None, usernames=TANAKA.upper()))
    assert operation.status == OperationStatus.SUCCEEDED
    now = states(control)
    assert (now[theirs] != "active", now[others]) == (True, "active")


def test_somebody_who_is_blocked_is_refused_cut_off_and_looked_for_again(
    ask: Ask, connect: Connect, control: Control, resync: Look, deny_table: "DynamoDBClient"
) -> None:
    connect()
    connect(place=OSAKA)
    resync()
    User.objects.filter(username=TANAKA).update(language="en")
    operation = ask("block-person", None, usernames=TANAKA)
    back = {"left": 1}

    def each() -> None:
        """Osaka refuses nobody: the client comes back once, after a while."""
        if back["left"] and timezone.now() > operation.created_at + timedelta(minutes=3):
            back["left"] = 0
            connect(place=OSAKA)

    later(operation, each=each)
    assert (operation.status, operation.error_id) == (OperationStatus.SUCCEEDED, "")
    assert "active" not in states(control).values()
    (denied,) = deny_list.read_entries(deny_table, table=TABLE, now=datetime.now(UTC))
    assert (denied.username, denied.until, denied.note) == (TANAKA, None, f"#{operation.number}")
    item = deny_table.get_item(TableName=TABLE, Key={"username": {"S": TANAKA}})["Item"]
    assert item.get("language") == {"S": "en"}
    rounds = [operation.steps.get(key=f"end-connections:{after}") for after in (0, 2, 5, 10)]
    assert [bool(step.acted_at) for step in rounds] == [True, False, True, False]
    for after, step in zip((0, 2, 5, 10), rounds, strict=True):
        checked = datetime.fromisoformat(step.after["checked_at"])
        assert operation.started_at is not None
        assert checked >= operation.started_at + timedelta(minutes=after)


def test_the_operation_fails_when_somebody_keeps_coming_back(
    ask: Ask, connect: Connect, control: Control, resync: Look
) -> None:
    connect()
    resync()
    operation = ask("block-person", None, usernames=TANAKA)
    later(operation, each=connect)
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "operation-connected-again")
    assert operation.error_message == f"{TANAKA} ({TOKYO.label})"


def test_an_account_that_refuses_stops_nothing_elsewhere(
    ask: Ask, connect: Connect, control: Control, resync: Look, deny_table: "DynamoDBClient"
) -> None:
    theirs = connect()
    in_osaka = connect(place=OSAKA)
    resync()
    control.fail("TerminateClientVpnConnections", "UnauthorizedOperation", account=TOKYO.account)
    control.fail("PutItem", "AccessDeniedException", service="dynamodb")
    operation = later(ask("block-person", None, usernames=TANAKA))
    now = states(control)
    assert (now[theirs], now[in_osaka]) == ("active", "terminated")
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "operation-connected-again")
    refused = operation.steps.get(key="deny:tokyo").after["error"]
    assert refused == {"id": "aws-access-denied", "code": "AccessDeniedException"}


def test_an_endpoint_that_does_not_answer_is_named_in_the_end(
    ask: Ask, connect: Connect, control: Control, resync: Look, hurried: None
) -> None:
    theirs = connect()
    resync()
    control.fail("DescribeClientVpnConnections", "InternalError", account=OSAKA.account)
    operation = later(ask("block-person", None, usernames=TANAKA))
    assert states(control)[theirs] == "terminated"
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "operation-block-incomplete")
    assert operation.error_message == OSAKA.label


def test_undoing_a_second_block_leaves_the_first_one(
    ask: Ask, resync: Look, deny_table: "DynamoDBClient"
) -> None:
    resync()
    first = later(ask("block-person", None, usernames=TANAKA))
    second = later(ask("block-person", None, usernames=f"{TANAKA}\n{LIAM}"))
    undo = get_kind("block-person").undo(second)
    assert undo is not None
    assert undo.data["usernames"] == LIAM
    later(ask(undo.kind, None, **undo.data))
    listed = deny_list.read_entries(deny_table, table=TABLE, now=datetime.now(UTC))
    assert [entry.username for entry in listed] == [TANAKA]
    undo = get_kind("block-person").undo(first)
    assert undo is not None
    assert undo.data["usernames"] == TANAKA


def test_unblocking_is_the_undo_and_takes_them_off_the_list(
    ask: Ask, resync: Look, deny_table: "DynamoDBClient", settings: Settings
) -> None:
    resync()
    operation = later(ask("block-person", None, usernames=f"{TANAKA}\n{LIAM}", hours="24"))
    listed = deny_list.read_entries(deny_table, table=TABLE, now=datetime.now(UTC))
    assert [entry.username for entry in listed] == [LIAM, TANAKA]
    assert all(entry.until is not None for entry in listed)
    # The list that they are on is remembered, though the setting has gone.
    settings.VPN_DENY_LIST_TABLE = {}
    undo = get_kind("block-person").undo(operation)
    assert undo is not None
    later(ask(undo.kind, None, **undo.data))
    assert deny_list.read_entries(deny_table, table=TABLE, now=datetime.now(UTC)) == []


def test_the_plan_says_which_endpoint_can_refuse_and_which_cannot(
    connect: Connect, resync: Look, deny_table: "DynamoDBClient", tanaka: User, english: None
) -> None:
    connect()
    resync()
    planned = plan("block-person", None, usernames=TANAKA).plan
    assert planned is not None
    assert [person.name for person in planned.disconnects] == [tanaka.name]
    assert any(check.tone == "ok" and TOKYO.label in str(check.text) for check in planned.checks)
    assert any(check.tone == "warn" and OSAKA.label in str(check.text) for check in planned.checks)
    assert planned.reconnection == Reconnection.REFUSED_PARTLY


def test_the_plan_says_until_when_the_deny_list_keeps_them(
    resync: Look, deny_table: "DynamoDBClient", english: None
) -> None:
    resync()
    said = []
    with time_machine.travel("2026-11-25T03:00:00Z", tick=False):
        for hours in ("0", "24"):
            planned = plan("block-person", None, usernames=TANAKA, hours=hours).plan
            assert planned is not None
            said.append(" ".join(str(check.text) for check in planned.checks))
    assert "keeps them until somebody lets them in again" in said[0]
    assert "The deny list forgets them at 2026-11-26 12:00" in said[1]


def test_the_name_must_be_typed(resync: Look, ask: Ask, takahashi: User) -> None:
    resync()
    draft = plan("block-person", None, usernames=TANAKA)
    assert draft.name_to_type == TANAKA
    with pytest.raises(NameNotTyped):
        services.request(draft=draft, actor=takahashi, reason="x", digest=draft.digest, typed_name="")


def test_more_people_than_allowed_are_refused_in_words(resync: Look, settings: Settings) -> None:
    resync()
    settings.OPERATION_MAX_PEOPLE = 2
    draft = plan("block-person", None, usernames="a@example.co.jp\nb@example.co.jp\nc@example.co.jp")
    assert draft.plan is None
    assert "OPERATION_MAX_PEOPLE" in str(draft.form.errors["usernames"])


def test_an_operation_that_would_disconnect_more_than_allowed_is_refused(
    connect: Connect, resync: Look, settings: Settings, endpoint: Endpoint, takahashi: User
) -> None:
    connect(TANAKA)
    connect(TANAKA)
    connect(LIAM)
    draft = plan("pause-endpoint", resync(), when="now")
    settings.OPERATION_MAX_PEOPLE = 1
    with pytest.raises(TooManyPeople) as caught:
        services.request(
            draft=draft, actor=takahashi, reason="x", digest=draft.digest, typed_name=draft.name_to_type
        )
    assert caught.value.count == 2
    assert not Operation.objects.exists()


@pytest.fixture
def policy(ec2: "EC2Client", endpoint: Endpoint, settings: Settings, control: Control) -> str:
    settings.VPN_POLICY_FORBID_WHEN = "context.saml has email && context.saml.email == {username}"
    document = "// ours\npermit(principal, action, resource);\n"
    ec2.modify_client_vpn_endpoint_authorization_policy(
        ClientVpnEndpointId=endpoint.endpoint_id, PolicyDocument=document, ShadowMode="disabled"
    )
    control.skip(60)
    return document


def test_an_authorization_policy_forbids_and_is_byte_for_byte_the_old_one_afterwards(
    ask: Ask, resync: Look, ec2: "EC2Client", endpoint: Endpoint, policy: str
) -> None:
    def document() -> str:
        answer = ec2.get_client_vpn_endpoint_authorization_policy(ClientVpnEndpointId=endpoint.endpoint_id)
        return answer["PolicyDocument"]

    resync()
    operation = later(ask("block-person", None, usernames=TANAKA))
    assert cedar.forbids(document(), TANAKA)
    assert f'context.saml.email == "{TANAKA}"' in document()
    assert document().startswith(policy.rstrip())
    # Osaka has no policy, and none is made.
    assert operation.steps.get(key__startswith="forbid:", detail=OSAKA.label).after == {
        "unusable": "operation-no-policy"
    }
    undo = get_kind("block-person").undo(operation)
    assert undo is not None
    later(ask(undo.kind, None, **undo.data))
    assert document() == policy


def test_changing_a_policy_disconnects_everybody_there_and_the_plan_names_them(
    ask: Ask, connect: Connect, resync: Look, policy: str, english: None
) -> None:
    """Admin guide, "Device posture": an enforced policy that changes ends every session of its endpoint."""
    connect(TANAKA)
    connect("y.kato@example.co.jp")
    resync()
    planned = plan("block-person", None, usernames=TANAKA).plan
    assert planned is not None
    assert {person.username for person in planned.disconnects} == {TANAKA, "y.kato@example.co.jp"}
    assert TOKYO.label in str(planned.gravest[0].text)
    later(ask("block-person", None, usernames=TANAKA))
    connect("y.kato@example.co.jp")
    resync()
    unblocked = plan("unblock-person", None, usernames=TANAKA).plan
    assert unblocked is not None
    assert unblocked.destructive
    assert {person.username for person in unblocked.disconnects} == {"y.kato@example.co.jp"}


@pytest.mark.parametrize("shadow_mode", [True, False])
def test_a_policy_that_is_only_tried_out_refuses_nobody_and_disconnects_nobody(
    connect: Connect, resync: Look, policy: str, shadow_mode: bool, english: None
) -> None:
    connect("y.kato@example.co.jp")
    endpoint = resync()
    EndpointPolicy.objects.filter(endpoint=endpoint).delete()
    EndpointPolicy.objects.create(
        endpoint=endpoint, document=policy, status="active", shadow_mode=shadow_mode, seen_at=timezone.now()
    )
    blocked = plan("block-person", None, usernames=TANAKA).plan
    Operation.objects.create(
        number=1,
        kind="block-person",
        lock_range=(1, 2),
        status=OperationStatus.SUCCEEDED,
        parameters={"usernames": [TANAKA]},
        before={"lists": {}, "policies": [[TOKYO.account, endpoint.endpoint_id, TOKYO.label]]},
    )
    unblocked = plan("unblock-person", None, usernames=TANAKA).plan
    for planned in (blocked, unblocked):
        assert planned is not None
        assert bool(planned.disconnects) is not shadow_mode
        said = [str(check.text) for check in planned.checks if "shadow mode" in str(check.text)]
        assert [TOKYO.label in text for text in said] == [True] * shadow_mode
    assert blocked is not None
    texts = {str(check.text) for check in blocked.checks}
    refuses = f"{TOKYO.label} refuses them: its authorization policy forbids them."
    only_elsewhere = f"{TOKYO.label} can't refuse them: only the identity provider can."
    assert texts & {refuses, only_elsewhere} == {only_elsewhere if shadow_mode else refuses}
    # Osaka's policy was never read.
    assert blocked.reconnection is (Reconnection.BY_ITSELF if shadow_mode else Reconnection.REFUSED_PARTLY)


def test_the_deny_list_is_preferred_to_the_policy(
    ask: Ask, connect: Connect, resync: Look, policy: str, deny_table: "DynamoDBClient"
) -> None:
    connect("y.kato@example.co.jp")
    resync()
    planned = plan("block-person", None, usernames=TANAKA).plan
    assert planned is not None
    assert planned.disconnects == ()
    operation = later(ask("block-person", None, usernames=TANAKA))
    assert not operation.steps.filter(key__startswith="forbid:", detail=TOKYO.label).exists()


def test_a_second_block_of_the_same_person_waits_for_the_first(resync: Look, ask: Ask) -> None:
    resync()
    ask("block-person", None, usernames=TANAKA)
    with pytest.raises(EndpointBusy):
        ask("terminate-person", None, usernames=TANAKA)


def test_a_cancelled_block_stops_looking(resync: Look, ask: Ask, connect: Connect, takahashi: User) -> None:
    connect()
    resync()
    operation = ask("block-person", None, usernames=TANAKA)
    worker.run(operation.pk)
    operation.refresh_from_db()
    services.cancel(operation=operation, actor=takahashi)
    operation.refresh_from_db()
    assert operation.status == OperationStatus.CANCELLED


def logged(connections: list[tuple[str, str]]) -> None:
    """What the connection log says of them."""
    now = f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    times = {"connection_start_time": now, "connection_last_update_time": now}
    keep([line(connection_id=connection_id, username=name, **times) for connection_id, name in connections])


def test_who_is_on_the_list_does_not_get_in_again(
    ask: Ask, connect: Connect, control: Control, resync: Look, deny_table: "DynamoDBClient"
) -> None:
    resync()
    later(ask("block-person", None, usernames=TANAKA))
    with pytest.raises(SandboxError, match="client-connect-failed"):
        connect(TANAKA.upper())
    connect(place=OSAKA)
    later(ask("unblock-person", None, usernames=TANAKA))
    connect()
