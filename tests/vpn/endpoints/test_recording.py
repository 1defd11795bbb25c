"""What a look that goes wrong leaves behind: the last good snapshot, and why there is no newer one."""

from typing import Any

import pytest
from django.db import connections

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import OSAKA, TOKYO
from vpn.endpoints import queries, services
from vpn.endpoints.models import AwsAccount, Endpoint, LiveConnection, SiteToSiteVpn

KEPT = (
    "seen_at",
    "status",
    "egress",
    "egress_ips",
    "routes",
    "authorization_rules",
    "configuration",
    "connections_seen_at",
)


def _tokyo() -> Endpoint:
    return Endpoint.objects.get(label=TOKYO.label)


def _kept(endpoint: Endpoint) -> dict[str, Any]:
    return {name: getattr(endpoint, name) for name in KEPT}


@pytest.mark.parametrize(
    "action",
    [
        "DescribeClientVpnTargetNetworks",
        "DescribeClientVpnAuthorizationRules",
        "DescribeClientVpnRoutes",
        "DescribeClientVpnConnections",
        "ExportClientVpnClientConfiguration",
    ],
)
def test_an_endpoint_that_cannot_be_read_keeps_its_last_good_snapshot(
    synced: Architecture, control: Control, action: str
) -> None:
    before = _kept(_tokyo())
    control.fail(action, "UnauthorizedOperation", region=TOKYO.region)
    results = {result.account: result for result in services.sync_all()}
    endpoint = _tokyo()
    assert _kept(endpoint) == before
    assert (endpoint.error_id, endpoint.error_code) == ("aws-access-denied", "UnauthorizedOperation")
    assert endpoint.attempted_at is not None
    assert endpoint.seen_at is not None
    assert endpoint.attempted_at > endpoint.seen_at
    assert [failure.where for failure in results["tokyo"].failures] == [endpoint.endpoint_id]
    assert results["osaka"].failures == ()


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
def test_an_account_that_cannot_be_read_keeps_all_it_had(
    synced: Architecture, control: Control, action: str
) -> None:
    before = _kept(_tokyo())
    control.fail(action, "UnauthorizedOperation", region=TOKYO.region)
    services.sync_all()
    account = AwsAccount.objects.get(name="tokyo")
    assert _kept(_tokyo()) == before
    assert _tokyo().vanished_at is None
    assert account.error_id == "aws-access-denied"
    assert queries.egress_ips() == {TOKYO.egress_ip: TOKYO.label}


def test_one_account_s_failure_is_not_the_other_s(synced: Architecture, control: Control) -> None:
    before = Endpoint.objects.get(label=OSAKA.label).seen_at
    control.fail("*", "RequestLimitExceeded", region=TOKYO.region)
    tokyo, osaka = services.sync_all()
    assert [failure.error.id for failure in tokyo.failures] == ["aws-throttled"]
    assert osaka.failures == ()
    after = Endpoint.objects.get(label=OSAKA.label).seen_at
    assert before is not None
    assert after is not None
    assert after > before


def test_a_role_that_cannot_be_assumed_is_the_account_s_failure(
    synced: Architecture, control: Control
) -> None:
    control.fail("AssumeRole", "AccessDenied", service="sts")
    tokyo, osaka = services.sync_all()
    assert tokyo.failures == ()
    assert [(failure.where, failure.error.id) for failure in osaka.failures] == [
        ("osaka", "aws-access-denied")
    ]


def test_half_an_answer_changes_nothing(synced: Architecture, control: Control, hurried: None) -> None:
    before = _kept(_tokyo())
    control.cut("DescribeClientVpnAuthorizationRules", region=TOKYO.region)
    services.sync_all()
    assert _kept(_tokyo()) == before
    assert _tokyo().error_id in {"aws-answer-broken", "aws-unavailable"}


def test_it_heals_by_itself(synced: Architecture, control: Control) -> None:
    control.fail("DescribeClientVpnRoutes", "UnauthorizedOperation")
    services.sync_all()
    control.heal()
    services.sync_all()
    endpoint = _tokyo()
    assert (endpoint.error_id, endpoint.error_code, endpoint.error_message) == ("", "", "")
    assert endpoint.seen_at == endpoint.attempted_at


def test_what_vanished_is_marked_and_not_deleted(synced: Architecture, tokyo_admin: Any) -> None:
    tokyo_admin.disassociate_client_vpn_target_network(
        ClientVpnEndpointId=synced.tokyo.endpoint_id, AssociationId=synced.tokyo.vpn.association_id
    )
    _eventually_delete(tokyo_admin, synced.tokyo.endpoint_id)
    tokyo_admin.delete_vpn_connection(VpnConnectionId=synced.site_to_site.vpn_connection_id)
    services.sync_all()
    assert _tokyo().vanished_at is not None
    assert _tokyo().configuration
    assert queries.egress_ips() == {}
    assert [endpoint.label for endpoint in queries.visible_endpoints()] == [OSAKA.label]
    assert SiteToSiteVpn.objects.get().vanished_at is not None


def test_an_endpoint_that_lost_its_tag_is_gone_and_comes_back_with_it(
    synced: Architecture, control: Control, tokyo_admin: Any
) -> None:
    tag = {"Key": "genkan:managed", "Value": "true"}
    tokyo_admin.delete_tags(Resources=[synced.tokyo.endpoint_id], Tags=[tag])
    services.sync_all()
    assert _tokyo().vanished_at is not None
    tokyo_admin.create_tags(Resources=[synced.tokyo.endpoint_id], Tags=[tag])
    control.fail("DescribeClientVpnRoutes", "UnauthorizedOperation")
    services.sync_all()
    assert _tokyo().vanished_at is None


def test_a_changed_configuration_is_noticed_and_an_unchanged_one_is_not(
    synced: Architecture, tokyo_admin: Any
) -> None:
    first = _tokyo()
    services.sync_all()
    same = _tokyo()
    assert same.configuration_changed_at == first.configuration_changed_at
    tokyo_admin.modify_client_vpn_endpoint(ClientVpnEndpointId=synced.tokyo.endpoint_id, VpnPort=1194)
    services.sync_all()
    changed = _tokyo()
    assert changed.configuration_hash != first.configuration_hash
    assert changed.configuration_changed_at == changed.configuration_seen_at == changed.seen_at


def test_live_connections_are_those_of_the_last_look(synced: Architecture, control: Control) -> None:
    where = {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": synced.tokyo.endpoint_id}
    who = {"username": "m.tanaka@example.co.jp", "device_ip": "198.51.100.27"}
    opened = control.connect(**where, **who)
    services.sync_all()
    found = LiveConnection.objects.get()
    assert (found.connection_id, found.username) == (opened["id"], "m.tanaka@example.co.jp")
    assert found.client_ip == opened["client_ip"]
    assert found.established_at is not None
    control.disconnect(opened["id"])
    services.sync_all()
    assert not LiveConnection.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_an_account_that_another_process_looks_at_is_left_alone(architecture: Architecture) -> None:
    row = AwsAccount.objects.create(name="tokyo", region=TOKYO.region)
    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", [services.LOCK, row.pk])
            tokyo, osaka = services.sync_all()
    finally:
        other.close()
    assert (tokyo.busy, osaka.busy) == (True, False)
    assert not Endpoint.objects.filter(account=row).exists()
    assert [result.busy for result in services.sync_all()] == [False, False]


def test_nobody_s_number_makes_more_calls_and_a_minute_has_few(
    synced: Architecture, control: Control
) -> None:
    def calls_of_a_look() -> int:
        before = len(control.calls())
        services.sync_all()
        return len(control.calls()) - before

    alone = calls_of_a_look()
    where = {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": synced.tokyo.endpoint_id}
    for number in range(20):
        control.connect(**where, username=f"{number}@example.co.jp", device_ip="198.51.100.27")
    assert calls_of_a_look() == alone
    assert alone <= 12 * Endpoint.objects.count()


def _eventually_delete(client: Any, endpoint_id: str) -> None:
    """AWS refuses while the last association is still on its way out."""
    for _attempt in range(200):
        try:
            client.delete_client_vpn_endpoint(ClientVpnEndpointId=endpoint_id)
        except client.exceptions.ClientError:
            continue
        return
    raise AssertionError("the association never went away")
