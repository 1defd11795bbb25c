"""``manage.py operation``: the same from the shell, with the same checks."""

import json
import threading
from collections.abc import Callable, Iterator
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from portal.access.models import User
from sandbox.aws.control import Control
from tests.vpn.operations.certificates import revocation_list
from tests.vpn.operations.test_revocation_list import mutual as mutual
from vpn.endpoints.models import Endpoint
from vpn.operations.engine.worker import run as run_operation
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

Shell = Callable[..., tuple[int, str, str]]


@pytest.fixture
def shell(takahashi: User) -> Shell:
    """Exit status, standard output and errors; the person who asks is an administrator unless named."""

    def run(*words: str, user: str = takahashi.username) -> tuple[int, str, str]:
        out, err = StringIO(), StringIO()
        try:
            call_command("operation", *words, "--as", user, stdout=out, stderr=err)
        except SystemExit as ended:
            return int(str(ended.code)), out.getvalue(), err.getvalue()
        return 0, out.getvalue(), err.getvalue()

    return run


def route(endpoint: Endpoint, *more: str) -> list[str]:
    subnet = str(endpoint.target_networks[0]["subnet_id"])
    given = ["--destination-cidr", "192.168.77.0/24", "--target-subnet", subnet]
    return ["create-route", "--endpoint", endpoint.label, *given, *more]


def test_a_plan_is_printed_and_nothing_is_written(shell: Shell, endpoint: Endpoint) -> None:
    status, out, _ = shell(*route(endpoint, "--plan"))
    assert status == 0
    assert "route: – → 192.168.77.0/24" in out
    status, out, _ = shell(*route(endpoint, "--plan", "--json"))
    assert json.loads(out)["changes"][0]["before"] is None
    assert not Operation.objects.exists()


def test_it_asks_for_the_operation_as_the_person_named(
    shell: Shell, endpoint: Endpoint, takahashi: User
) -> None:
    status, out, _ = shell(*route(endpoint, "--reason", "lab", "--yes", "--json"))
    operation = Operation.objects.get()
    assert (status, operation.status, operation.reason) == (0, OperationStatus.QUEUED, "lab")
    assert operation.requested_by == takahashi
    assert json.loads(out)["number"] == operation.number


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--yes"], "--reason"),
        (["--reason", "x"], "--yes confirms it"),
        (["--reason", "x", "--yes", "--not-before", "tomorrow"], "--not-before"),
        (["--reason", "x", "--yes", "--destination-cidr", "office"], "--destination-cidr"),
        (["--reason", "x", "--yes", "--endpoint", "kyoto"], "tokyo-main (cvpn-endpoint-"),
    ],
)
def test_what_is_not_taken_says_why_and_ends_with_2(
    shell: Shell, endpoint: Endpoint, more: list[str], said: str
) -> None:
    status, _, err = shell(*route(endpoint, *more))
    assert (status, Operation.objects.exists()) == (2, False)
    assert said in err


@pytest.mark.parametrize("who", ["tanaka", "sato", "suzuki"])
def test_only_administrators_may(
    shell: Shell, endpoint: Endpoint, who: str, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(who)
    status, _, err = shell(*route(endpoint, "--reason", "x", "--yes"), user=user.username)
    assert (status, Operation.objects.exists()) == (2, False)
    assert user.username in err


def test_an_operation_in_the_way_is_named(shell: Shell, endpoint: Endpoint) -> None:
    shell(*route(endpoint, "--reason", "x", "--yes"))
    status, _, err = shell(*route(endpoint, "--reason", "x", "--yes"))
    assert status == 2
    assert "#1" in err


def test_a_kind_or_an_option_that_does_not_exist_is_refused(shell: Shell, endpoint: Endpoint) -> None:
    for words in (["make-coffee"], route(endpoint, "--colour", "blue")):
        with pytest.raises(CommandError):
            shell(*words)


@pytest.fixture
def worker() -> Iterator[None]:
    """Carries out what is asked for, beside the command."""
    ended = threading.Event()

    def work() -> None:
        while not ended.wait(0.1):
            Operation.objects.update(next_attempt_at=None)
            for operation in Operation.objects.filter(
                status__in=[OperationStatus.QUEUED, OperationStatus.WAITING]
            ):
                run_operation(operation.pk)
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.usefixtures("worker")
def test_it_follows_to_the_end_and_the_status_says_how_it_ended(
    shell: Shell,
    endpoint: Endpoint,
    control: Control,
    fails: bool,
) -> None:
    if fails:
        control.fail("CreateClientVpnRoute", "UnauthorizedOperation")
    status, out, _ = shell(*route(endpoint, "--reason", "x", "--yes", "--wait"))
    assert status == (1 if fails else 0)
    assert ("#1: failed aws-access-denied" in out) == fails
    assert ("#1: succeeded" in out) == (not fails)


def test_a_long_parameter_may_come_from_a_file(shell: Shell, mutual: Endpoint, tmp_path: Path) -> None:
    (tmp_path / "list.pem").write_text(revocation_list(1), encoding="utf-8")
    words = ["import-revocation-list", "--endpoint", mutual.endpoint_id, "--plan"]
    assert shell(*words, "--text", f"@{tmp_path}/list.pem")[0] == 0
    status, _, err = shell(*words, "--text", "@/nowhere")
    assert (status, "/nowhere" in err) == (2, True)


def test_settings_that_are_not_given_stay(shell: Shell, endpoint: Endpoint) -> None:
    words = ["modify-endpoint", "--endpoint", endpoint.label, "--session-timeout-hours", "8"]
    status, out, _ = shell(*words, "--plan", "--json")
    assert status == 0
    assert [change["name"] for change in json.loads(out)["changes"]] == ["SessionTimeoutHours"]


def test_a_person_is_blocked_without_naming_an_endpoint(
    shell: Shell, endpoint: Endpoint, tanaka: User
) -> None:
    words = ["block-person", "--usernames", "m.tanaka@example.co.jp", "--reason", "left", "--yes"]
    assert shell(*words)[0] == 0
    assert Operation.objects.get().parameters["usernames"] == ["m.tanaka@example.co.jp"]


def test_a_name_is_resolved_and_an_unknown_one_needs_an_option(
    shell: Shell, endpoint: Endpoint, tanaka: User
) -> None:
    words = ["block-person", "--reason", "left", "--yes", "--usernames"]
    assert shell(*words, tanaka.name)[0] == 0
    assert Operation.objects.get().parameters == {
        "usernames": [tanaka.username],
        "typed": {tanaka.username: tanaka.name},
        "hours": 0,
    }
    status, _, err = shell(*words, "m.tanka")
    assert (status, "m.tanka" in err) == (2, True)
    assert shell(*words, "m.tanka", "--accept-unknown", "on")[0] == 0
