"""What AWS had before is what it had when the step acted: for the page, the record and the undo."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from portal.access.models import User
from portal.audit.models import AuditEvent
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from tests.conftest import SignedIn
from tests.vpn.operations.asking import Ask, ask_as, finish, make_due, plan
from tests.vpn.operations.certificates import mutual_endpoint, revocation_list
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_undo
from vpn.operation_kinds.endpoint_settings.fields import form_data
from vpn.operation_kinds.revocation_lists.steps import REPLACED
from vpn.operations.endpoint_settings import current_settings
from vpn.operations.engine import worker
from vpn.operations.models import Operation
from vpn.operations.refusals import PlanStale
from vpn.operations.requests import refusal_texts, services
from vpn.operations.requests.drafts import Draft
from vpn.operations.requests.outcome import undo_url
from vpn.operations.states import OperationStatus

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

LAB = "192.168.77.0/24"
Resync = Callable[[], Endpoint]


@pytest.fixture
def kobayashi(takahashi: User) -> User:
    """A second administrator."""
    return User.objects.create(username="kobayashi@example.co.jp", name="小林 誠", roles=takahashi.roles)


def dns(endpoint: Endpoint, *servers: str) -> dict[str, str]:
    return form_data(current_settings(endpoint.settings)) | {"dns_servers": "\n".join(servers)}


def servers_in_aws(ec2: "EC2Client", endpoint: Endpoint) -> list[str]:
    answer = ec2.describe_client_vpn_endpoints(ClientVpnEndpointIds=[endpoint.endpoint_id])
    return list(answer["ClientVpnEndpoints"][0].get("DnsServers", []))


def set_servers(ec2: "EC2Client", endpoint: Endpoint, *servers: str) -> None:
    """Somebody does it in AWS's console."""
    ec2.modify_client_vpn_endpoint(
        ClientVpnEndpointId=endpoint.endpoint_id,
        DnsServers={"Enabled": True, "CustomDnsServers": list(servers)},
    )


def request(endpoint: Endpoint, actor: User, draft: Draft) -> Operation:
    return services.request(
        draft=draft, actor=actor, reason="x", digest=draft.digest, typed_name=draft.name_to_type
    )


def test_of_two_administrators_within_one_snapshot_the_second_is_told(
    endpoint: Endpoint, takahashi: User, kobayashi: User, ec2: "EC2Client", resync: Resync
) -> None:
    first = plan("modify-endpoint", endpoint, **dns(endpoint, "10.1.0.2"))
    second = plan("modify-endpoint", endpoint, **dns(endpoint, "10.1.0.3"))
    done = finish(request(endpoint, takahashi, first))
    with pytest.raises(PlanStale) as stale:
        request(endpoint, kobayashi, second)
    assert stale.value.other == done
    assert takahashi.name in refusal_texts.refusal_text(stale.value)
    assert servers_in_aws(ec2, endpoint) == ["10.1.0.2"]
    # As soon as the portal has read the endpoint the second one plans anew, and nothing is lost by it.
    endpoint = resync()
    with pytest.raises(PlanStale):
        services.request(
            draft=plan("modify-endpoint", endpoint, **dns(endpoint, "10.1.0.3")),
            actor=kobayashi,
            reason="x",
            digest=second.digest,
        )
    operation = finish(ask_as(kobayashi)("modify-endpoint", endpoint, **dns(endpoint, "10.1.0.3")))
    assert operation.plan["changes"] == [{"name": "DnsServers", "before": "10.1.0.2", "after": "10.1.0.3"}]
    event = AuditEvent.objects.filter(tag="operation:step", details__operation=operation.number).last()
    assert event is not None
    assert event.details["before"] == {"dns_servers": ["10.1.0.2"]}
    undo = get_undo(operation)
    assert undo is not None
    endpoint = resync()
    finish(ask_as(kobayashi)(undo.kind, endpoint, **undo.data))
    assert servers_in_aws(ec2, endpoint) == ["10.1.0.2"]


def test_operations_that_may_run_side_by_side_do_not_make_each_others_plans_stale(
    endpoint: Endpoint, ask: Ask
) -> None:
    subnet = endpoint.target_networks[0]["subnet_id"]
    for cidr in (LAB, "192.168.78.0/24"):
        finish(ask("create-route", endpoint, destination_cidr=cidr, target_subnet=subnet))


def test_what_somebody_changed_in_aws_since_the_plan_is_not_overwritten(
    endpoint: Endpoint, ask: Ask, ec2: "EC2Client"
) -> None:
    operation = ask("modify-endpoint", endpoint, **dns(endpoint, "10.1.0.2"))
    set_servers(ec2, endpoint, "10.9.9.9")
    finish(operation)
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "operation-not-as-planned")
    assert "10.9.9.9" in operation.error_message
    assert servers_in_aws(ec2, endpoint) == ["10.9.9.9"]
    assert not operation.steps.filter(acted_at__isnull=False).exists()


def test_nor_is_what_somebody_changed_while_the_portal_waited_to_try_again(
    endpoint: Endpoint, ask: Ask, ec2: "EC2Client", control: Control, hurried: None
) -> None:
    operation = ask("modify-endpoint", endpoint, **dns(endpoint, "10.1.0.2"))
    # The dry run passes; the call itself is refused for now.
    worker_stops_at_throttling(operation, control)
    set_servers(ec2, endpoint, "10.9.9.9")
    finish(operation)
    assert operation.error_id == "operation-not-as-planned"
    assert operation.steps.get(key="modify").before == {"dns_servers": ["10.9.9.9"]}
    assert servers_in_aws(ec2, endpoint) == ["10.9.9.9"]


def worker_stops_at_throttling(operation: Operation, control: Control) -> None:
    for _ in range(10):
        control.heal()
        control.fail("ModifyClientVpnEndpoint", "RequestLimitExceeded")
        if operation.steps.get(key="check").status == "done":
            break
        control.heal()
        claimed_check_only(operation)
    worker.run(operation.pk)
    operation.refresh_from_db()
    assert operation.status == OperationStatus.WAITING
    control.heal()
    make_due(operation)


def claimed_check_only(operation: Operation) -> None:
    """Its permission has been checked by an earlier run."""
    operation.steps.filter(key="check").update(status="done")


def test_another_order_of_dns_servers_is_a_change(
    endpoint: Endpoint, ask: Ask, ec2: "EC2Client", resync: Resync
) -> None:
    set_servers(ec2, endpoint, "10.1.0.2", "10.1.0.3")
    endpoint = resync()
    operation = finish(ask("modify-endpoint", endpoint, **dns(endpoint, "10.1.0.3", "10.1.0.2")))
    assert operation.status == OperationStatus.SUCCEEDED
    assert servers_in_aws(ec2, endpoint) == ["10.1.0.3", "10.1.0.2"]


@pytest.mark.parametrize("slug", ["pause-endpoint", "disassociate-target-network", "delete-endpoint"])
def test_subnets_do_not_go_with_a_route_that_the_plan_does_not_know(
    slug: str, endpoint: Endpoint, ask: Ask, ec2: "EC2Client"
) -> None:
    subnet = endpoint.target_networks[0]["subnet_id"]
    data = {"pause-endpoint": {"when": "now"}, "disassociate-target-network": {"subnet_id": subnet}}
    operation = ask(slug, endpoint, **data.get(slug, {}))
    ec2.create_client_vpn_route(
        ClientVpnEndpointId=endpoint.endpoint_id, DestinationCidrBlock=LAB, TargetVpcSubnetId=subnet
    )
    finish(operation)
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "operation-not-as-planned")
    assert f"{LAB} → {subnet}" in operation.error_message
    answer = ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=endpoint.endpoint_id)
    assert {network["Status"]["Code"] for network in answer["ClientVpnTargetNetworks"]} == {"associated"}


def test_security_groups_that_somebody_changed_are_not_replaced(
    endpoint: Endpoint, ask: Ask, ec2: "EC2Client"
) -> None:
    groups = [
        ec2.create_security_group(GroupName=name, Description=name, VpcId=endpoint.vpc_id)["GroupId"]
        for name in ("one", "two")
    ]
    operation = ask("apply-security-groups", endpoint, security_groups=groups[0])
    ec2.apply_security_groups_to_client_vpn_target_network(
        ClientVpnEndpointId=endpoint.endpoint_id, VpcId=endpoint.vpc_id, SecurityGroupIds=[groups[1]]
    )
    finish(operation)
    assert operation.error_id == "operation-not-as-planned"
    assert groups[1] in operation.error_message


def test_undoing_gives_a_rule_the_words_that_it_had_when_it_was_taken_away(
    endpoint: Endpoint, ask: Ask, ec2: "EC2Client"
) -> None:
    rule = endpoint.authorization_rules[0]
    where: dict[str, Any] = {
        "ClientVpnEndpointId": endpoint.endpoint_id,
        "TargetNetworkCidr": rule["destination_cidr"],
        **({"AccessGroupId": rule["group_id"]} if rule["group_id"] else {}),
    }
    operation = ask("revoke-ingress", endpoint, rule=f"{rule['destination_cidr']} {rule['group_id']}")
    described_anew(ec2, where, rule["group_id"])
    finish(operation, turns=100)
    assert operation.status == OperationStatus.SUCCEEDED
    undo = get_undo(operation)
    assert undo is not None
    assert undo.data["description"] == "anew"


def described_anew(ec2: "EC2Client", where: dict[str, Any], group_id: str) -> None:
    everybody: dict[str, Any] = {} if group_id else {"AuthorizeAllGroups": True}
    nobody: dict[str, Any] = {} if group_id else {"RevokeAllGroups": True}
    ec2.revoke_client_vpn_ingress(**where, **nobody)
    while True:
        rules = ec2.describe_client_vpn_authorization_rules(ClientVpnEndpointId=where["ClientVpnEndpointId"])
        listed = [
            rule
            for rule in rules["AuthorizationRules"]
            if (rule["DestinationCidr"], rule.get("GroupId", "")) == (where["TargetNetworkCidr"], group_id)
        ]
        if not listed:
            break
    ec2.authorize_client_vpn_ingress(**where, **everybody, Description="anew")


def test_a_list_that_somebody_imported_since_is_the_one_that_undoing_brings_back(
    ec2: "EC2Client", architecture: Architecture, endpoint: Endpoint, resync: Resync, ask: Ask
) -> None:
    made = mutual_endpoint(ec2, architecture, revocation_list(1))
    resync()
    operation = ask("import-revocation-list", Endpoint.objects.get(endpoint_id=made), text=revocation_list(2))
    others = revocation_list(3, number=9)
    ec2.import_client_vpn_client_certificate_revocation_list(
        ClientVpnEndpointId=made, CertificateRevocationList=others
    )
    finish(operation)
    assert operation.files.get(name=REPLACED).content.strip() == others.strip()
    assert operation.steps.get(key="import-revocation-list").before["number"] == 9


def test_a_list_that_was_imported_since_makes_a_plan_stale_though_no_snapshot_has_it(
    ec2: "EC2Client",
    architecture: Architecture,
    endpoint: Endpoint,
    resync: Resync,
    ask: Ask,
    kobayashi: User,
) -> None:
    made = mutual_endpoint(ec2, architecture, revocation_list(1))
    resync()
    mutual = Endpoint.objects.get(endpoint_id=made)
    seen = plan("import-revocation-list", mutual, text=revocation_list(2))
    finish(ask("import-revocation-list", mutual, text=revocation_list(3)))
    resync()
    mutual.refresh_from_db()
    with pytest.raises(PlanStale):
        services.request(
            draft=plan("import-revocation-list", mutual, text=revocation_list(2)),
            actor=kobayashi,
            reason="x",
            digest=seen.digest,
            typed_name=seen.name_to_type,
        )


def test_undoing_a_failed_association_removes_that_one_and_never_the_subnet_that_works(
    endpoint: Endpoint,
    ask: Ask,
    control: Control,
    ec2: "EC2Client",
    resync: Resync,
    takahashi: User,
    signed_in: SignedIn,
) -> None:
    working = endpoint.target_networks[0]["subnet_id"]
    made = ec2.create_subnet(
        VpcId=endpoint.vpc_id, CidrBlock="10.0.99.0/24", AvailabilityZone="ap-northeast-1d"
    )
    other = made["Subnet"]["SubnetId"]
    endpoint = resync()
    control.fail_associations(1)
    operation = finish(ask("associate-target-network", endpoint, subnet_id=other))
    assert operation.error_id == "operation-association-failed"
    endpoint = resync()
    page = signed_in(takahashi).get(undo_url(operation, takahashi)).content.decode()
    assert f"{other} (association-failed)" in page
    assert "Nobody is disconnected" in page
    undo = get_undo(operation)
    assert undo is not None
    cleaned = finish(ask(undo.kind, endpoint, **undo.data), between=lambda: control.skip(60))
    assert cleaned.status == OperationStatus.SUCCEEDED
    answer = ec2.describe_client_vpn_target_networks(ClientVpnEndpointId=endpoint.endpoint_id)
    listed = [
        (network["TargetNetworkId"], network["Status"]["Code"])
        for network in answer["ClientVpnTargetNetworks"]
    ]
    assert (working, "associated") in listed
    assert other not in {subnet for subnet, status in listed if status != "disassociated"}


@pytest.mark.parametrize(
    ("slug", "field"),
    [
        ("disassociate-target-network", "subnet_id"),
        ("delete-route", "route"),
        ("revoke-ingress", "rule"),
    ],
)
def test_what_is_not_there_any_more_is_not_replaced_by_the_first_of_the_others(
    slug: str, field: str, plain_endpoint: Endpoint, takahashi: User, signed_in: SignedIn
) -> None:
    answer = signed_in(takahashi).post(
        f"/operations/new/{slug}/",
        {"endpoint": plain_endpoint.endpoint_id, "stage": "plan", field: "subnet-0deadbee"},
    )
    chosen = answer.content.decode().partition(f'<select name="{field}"')[2].partition("selected")[0]
    assert chosen.rpartition("<option")[2].strip() == 'value=""'


def test_what_aws_refused_wholly_offers_nothing_to_undo(
    endpoint: Endpoint, ask: Ask, control: Control, takahashi: User
) -> None:
    subnet = endpoint.target_networks[0]["subnet_id"]
    operation = ask("create-route", endpoint, destination_cidr=LAB, target_subnet=subnet)
    control.fail("CreateClientVpnRoute", "ClientVpnRouteLimitExceeded")
    claimed_check_only(operation)
    finish(operation)
    assert operation.error_id == "aws-limit-reached"
    assert not operation.steps.filter(acted_at__isnull=False).exists()
    assert undo_url(operation, takahashi) == ""
