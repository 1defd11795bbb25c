"""What AWS doesn't answer keeps its last good snapshot and says why, and everything else is synced."""

import logging
import threading
from typing import Any

import pytest
from django.db import connection
from pytest_django import Settings

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import OSAKA, TOKYO
from vpn.aws import accounts
from vpn.aws.accounts import Account
from vpn.endpoints import services, tasks
from vpn.endpoints.models import AwsAccount, Endpoint, LiveConnection, SiteToSiteVpn, SnapshotModel
from vpn.endpoints.services import SyncResult

# What a failed sync may change
ATTEMPT = {"attempted_at", "error_id", "error_code", "error_message"}
pytestmark = pytest.mark.usefixtures("hurried")


def tokyo() -> Endpoint:
    return Endpoint.objects.get(label=TOKYO.label)


def osaka() -> Endpoint:
    return Endpoint.objects.get(label=OSAKA.label)


def everything_of(label: str) -> dict[str, Any]:
    row = vars(Endpoint.objects.get(label=label))
    return {name: value for name, value in row.items() if name != "_state"}


def failures(results: list[SyncResult]) -> dict[str, list[tuple[str, str]]]:
    return {
        result.account: [(failure.where, failure.error.id) for failure in result.failures]
        for result in results
    }


def error_of(row: SnapshotModel) -> tuple[str, str]:
    return row.error_id, row.error_code


@pytest.mark.parametrize(
    ("code", "error_id"),
    [
        ("RequestLimitExceeded", "aws-throttled"),
        ("InternalError", "aws-unavailable"),
        ("UnauthorizedOperation", "aws-access-denied"),
        ("ExpiredToken", "aws-credentials"),
        ("InvalidClientVpnEndpointId.NotFound", "aws-not-found"),
        ("SomethingNew", "aws-failed"),
    ],
)
def test_an_endpoint_that_cannot_be_read_keeps_what_was_read_last(
    synced: Architecture, control: Control, code: str, error_id: str
) -> None:
    before, others = everything_of(TOKYO.label), osaka()
    control.fail("DescribeClientVpnRoutes", code, region=TOKYO.region)
    results = services.sync_all()
    assert failures(results) == {"tokyo": [(synced.tokyo.endpoint_id, error_id)], "osaka": []}
    after = everything_of(TOKYO.label)
    assert {name for name in after if after[name] != before[name]} <= ATTEMPT
    assert error_of(tokyo()) == (error_id, code)
    assert tokyo().error_message
    assert tokyo().attempted_at != before["attempted_at"]
    assert osaka().seen_at != others.seen_at
    assert AwsAccount.objects.get(name="tokyo").error_id == ""


@pytest.mark.parametrize(
    "action",
    [
        "DescribeClientVpnTargetNetworks",
        "DescribeClientVpnAuthorizationRules",
        "DescribeClientVpnConnections",
        "ExportClientVpnClientConfiguration",
    ],
)
def test_whatever_part_of_an_endpoint_is_refused(synced: Architecture, control: Control, action: str) -> None:
    before = tokyo()
    control.fail(action, "UnauthorizedOperation", region=TOKYO.region)
    services.sync_all()
    assert (tokyo().error_id, tokyo().seen_at) == ("aws-access-denied", before.seen_at)
    assert (tokyo().configuration, tokyo().egress_ips) == (before.configuration, before.egress_ips)


@pytest.mark.parametrize(
    "action",
    [
        "DescribeClientVpnEndpoints",
        "DescribeRouteTables",
        "DescribeNatGateways",
        "DescribeAddresses",
        "DescribeVpnConnections",
    ],
)
def test_an_account_that_cannot_be_read_keeps_what_was_read_last(
    synced: Architecture, control: Control, action: str
) -> None:
    before = everything_of(TOKYO.label)
    account = AwsAccount.objects.get(name="tokyo")
    control.fail(action, "UnauthorizedOperation", region=TOKYO.region)
    assert failures(services.sync_all()) == {"tokyo": [("tokyo", "aws-access-denied")], "osaka": []}
    failed = AwsAccount.objects.get(name="tokyo")
    assert error_of(failed) == ("aws-access-denied", "UnauthorizedOperation")
    assert failed.seen_at == account.seen_at
    assert everything_of(TOKYO.label) == before
    assert SiteToSiteVpn.objects.get().vanished_at is None
    assert osaka().seen_at != before["seen_at"]


def test_a_good_look_forgets_the_failure(synced: Architecture, control: Control) -> None:
    control.fail("DescribeClientVpnRoutes", "UnauthorizedOperation")
    control.fail("DescribeClientVpnEndpoints", "UnauthorizedOperation", region=OSAKA.region)
    services.sync_all()
    assert tokyo().error_id
    assert AwsAccount.objects.get(name="osaka").error_id
    control.heal()
    services.sync_all()
    rows: list[SnapshotModel] = [tokyo(), osaka(), *AwsAccount.objects.all()]
    assert [(row.error_id, row.error_code, row.error_message) for row in rows] == [("", "", "")] * 4


def test_an_endpoint_that_could_never_be_read_is_there_with_its_error(
    architecture: Architecture, control: Control, db: None
) -> None:
    control.fail("DescribeClientVpnConnections", "UnauthorizedOperation", region=TOKYO.region)
    services.sync_all()
    assert (tokyo().seen_at, tokyo().error_id, tokyo().status) == (None, "aws-access-denied", "available")
    assert tokyo().configuration == ""


def test_the_error_goes_to_the_log_without_a_traceback(
    synced: Architecture, control: Control, caplog: pytest.LogCaptureFixture
) -> None:
    control.fail("DescribeClientVpnRoutes", "UnauthorizedOperation", region=TOKYO.region)
    with caplog.at_level(logging.WARNING, logger="vpn.endpoints"):
        services.sync_all()
    (record,) = [record for record in caplog.records if record.name == "vpn.endpoints.recording"]
    assert record.exc_info is None
    assert "UnauthorizedOperation" in str(record.msg)


@pytest.mark.parametrize("times", [1, 3])
def test_a_moment_of_throttling_is_not_even_noticed(
    synced: Architecture, control: Control, times: int
) -> None:
    control.fail("DescribeClientVpnRoutes", "RequestLimitExceeded", times=times, region=TOKYO.region)
    assert failures(services.sync_all()) == {"tokyo": [], "osaka": []}


def test_an_answer_that_breaks_off_changes_nothing(synced: Architecture, control: Control) -> None:
    before = everything_of(TOKYO.label)
    control.cut("DescribeClientVpnAuthorizationRules", region=TOKYO.region)
    services.sync_all()
    after = everything_of(TOKYO.label)
    assert {name for name in after if after[name] != before[name]} <= ATTEMPT
    assert after["error_id"] in {"aws-answer-broken", "aws-unavailable"}
    assert after["authorization_rules"] != []


def test_no_answer_at_all_changes_nothing(synced: Architecture, control: Control) -> None:
    control.drop("DescribeClientVpnEndpoints", region=TOKYO.region)
    services.sync_all()
    assert AwsAccount.objects.get(name="tokyo").error_id == "aws-unavailable"
    assert (tokyo().vanished_at, tokyo().egress_ips) == (None, [TOKYO.egress_ip])


def test_aws_out_of_reach_is_recorded_for_every_account(
    synced: Architecture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    assert failures(services.sync_all()) == {
        "tokyo": [("tokyo", "aws-unavailable")],
        "osaka": [("osaka", "aws-unavailable")],
    }
    assert Endpoint.objects.filter(vanished_at=None).count() == 2


def test_without_credentials_it_says_so(synced: Architecture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    services.sync_all()
    row = AwsAccount.objects.get(name="tokyo")
    assert error_of(row) == ("aws-credentials", "NoCredentialsError")


def test_a_wrong_external_id_keeps_the_other_account_readable(
    architecture: Architecture, db: None, settings: Settings
) -> None:
    tokyo_entry, osaka_entry = settings.VPN_ACCOUNTS
    settings.VPN_ACCOUNTS = [osaka_entry | {"external_id": "somebody-else"}, tokyo_entry]
    assert failures(services.sync_all()) == {"osaka": [("osaka", "aws-access-denied")], "tokyo": []}
    assert AwsAccount.objects.get(name="osaka").error_code == "AccessDenied"
    assert [endpoint.label for endpoint in Endpoint.objects.all()] == [TOKYO.label]


def test_an_account_that_is_taken_out_of_the_settings_takes_its_endpoints_along(
    synced: Architecture, settings: Settings
) -> None:
    both = settings.VPN_ACCOUNTS
    settings.VPN_ACCOUNTS = both[:1]
    services.sync_all()
    assert (tokyo().vanished_at, osaka().vanished_at is None) == (None, False)
    settings.VPN_ACCOUNTS = both
    services.sync_all()
    assert osaka().vanished_at is None


def test_the_task_looks_at_the_account_it_is_given(architecture: Architecture, db: None) -> None:
    tasks.sync_account("osaka")
    tasks.sync_account("nowhere")
    assert [account.name for account in AwsAccount.objects.all()] == ["osaka"]


def _account(name: str) -> Account:
    account = accounts.get(name)
    assert account is not None
    return account


@pytest.mark.django_db(transaction=True)
def test_two_looks_at_once_do_not_get_into_each_other_s_way(
    architecture: Architecture, control: Control
) -> None:
    control.connect(
        account=TOKYO.account,
        region=TOKYO.region,
        endpoint_id=architecture.tokyo.endpoint_id,
        username="m.tanaka@example.co.jp",
        device_ip="198.51.100.27",
    )
    control.slow("DescribeClientVpnEndpoints", 1.0, region=TOKYO.region)
    results: list[SyncResult] = []

    def sync() -> None:
        try:
            results.append(services.sync_account(_account("tokyo")))
        finally:
            connection.close()

    threads = [threading.Thread(target=sync) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert sorted(result.busy for result in results) == [False, True, True]
    assert not any(result.failures for result in results)
    assert Endpoint.objects.count() == 1
    assert LiveConnection.objects.count() == 1
    control.heal()
    assert services.sync_account(_account("tokyo")).busy is False
