"""Making an endpoint like another, and deleting one."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from portal.access.models import User
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import OSAKA
from tests.conftest import SignedIn
from tests.vpn.operations.asking import Ask, after_a_death, finish, plan
from vpn.aws.endpoint_requests import to_create
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.endpoints.steps import new_endpoint
from vpn.operations.refusals import NameNotTyped
from vpn.operations.requests import services
from vpn.operations.requests.step_rows import was_refused
from vpn.operations.states import OperationStatus

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

Look = Callable[[], Endpoint]


@pytest.fixture
def filled(endpoint: Endpoint, architecture: Architecture) -> dict[str, str]:
    """The form as it comes, with what must differ."""
    form = plan("copy-endpoint", endpoint).form
    given = {name: str(form[name].initial or "") for name in form.fields}
    return given | {"label": "tokyo-new", "client_cidr_block": "10.30.0.0/22", "transport_protocol": "tcp"}


def shape(endpoint: Endpoint) -> dict[str, object]:
    left_out = {"ClientCidrBlock", "TransportProtocol", "Description", "ConnectionLogOptions", "VpnPort"}
    return {
        "settings": {name: value for name, value in endpoint.settings.items() if name not in left_out},
        "rules": sorted((row["destination_cidr"], row["group_id"]) for row in endpoint.authorization_rules),
        "routes": sorted(row["destination_cidr"] for row in endpoint.routes),
    }


def test_the_copy_is_like_the_original_but_for_what_was_changed(
    ask: Ask, endpoint: Endpoint, filled: dict[str, str], resync: Look
) -> None:
    subnet = endpoint.target_networks[0]["subnet_id"]
    operation = finish(ask("copy-endpoint", endpoint, **filled | {"subnets": subnet}))
    assert (operation.status, operation.error_message) == (OperationStatus.SUCCEEDED, "")
    # Read anew by the operation itself.
    copy = Endpoint.objects.get(label="tokyo-new")
    assert (copy.client_cidr_block, copy.transport_protocol, copy.status) == (
        "10.30.0.0/22",
        "tcp",
        "available",
    )
    assert shape(copy) == shape(endpoint)
    assert [row["subnet_id"] for row in copy.target_networks] == [subnet]
    assert copy.log_group == endpoint.log_group
    assert shape(resync()) == shape(endpoint)


def test_the_plan_names_settings_as_aws_does(endpoint: Endpoint, filled: dict[str, str]) -> None:
    shown = plan("copy-endpoint", endpoint, **filled).plan
    assert shown is not None
    assert not [row.name for row in shown.changes if "_" in row.name]


def test_lost_answers_make_one_copy(
    ask: Ask, endpoint: Endpoint, filled: dict[str, str], control: Control, hurried: None
) -> None:
    operation = ask("copy-endpoint", endpoint, **filled)
    control.cut("CreateClientVpnEndpoint", times=2)
    control.cut("AuthorizeClientVpnIngress", times=1)
    finish(operation, between=after_a_death(operation))
    assert operation.status == OperationStatus.SUCCEEDED
    assert Endpoint.objects.filter(label="tokyo-new").count() == 1


def test_a_copy_in_another_account_leaves_its_lambda_behind(
    ask: Ask, endpoint: Endpoint, filled: dict[str, str], architecture: Architecture
) -> None:
    there = architecture.osaka
    elsewhere = {
        "account": "osaka",
        "label": "osaka-new",
        "server_certificate_arn": there.vpn.certificate_arn,
        "saml_provider_arn": there.vpn.saml_provider_arn,
        "log_group": there.vpn.log_group,
        "vpc_id": there.network.vpc_id,
        "security_groups": "",
        "subnets": there.network.private_subnet_id,
    }
    operation = finish(ask("copy-endpoint", endpoint, **filled | elsewhere))
    assert (operation.status, operation.error_message) == (OperationStatus.SUCCEEDED, "")
    copy = Endpoint.objects.get(label="osaka-new")
    assert copy.account.region == OSAKA.region
    assert copy.settings["ClientConnectOptions"]["Enabled"] is False


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"client_cidr_block": "10.30.0.0/24"}, "client_cidr_block"),
        ({"client_cidr_block": "172.16.0.0/22"}, "client_cidr_block"),
        ({"client_cidr_block": "10.0.0.0/22"}, "client_cidr_block"),
        ({"server_certificate_arn": "x"}, "server_certificate_arn"),
        (
            {"server_certificate_arn": "arn:aws:acm:eu-west-1:123456789012:certificate/x"},
            "server_certificate_arn",
        ),
        ({"saml_provider_arn": "genkan"}, "saml_provider_arn"),
        ({"label": "tokyo-main"}, "label"),
        ({"saml_provider_arn": ""}, "saml_provider_arn"),
        ({"subnets": "subnet"}, "subnets"),
        ({"vpc_id": "", "security_groups": "sg-12345678"}, "vpc_id"),
    ],
)
def test_what_cannot_be_is_said_before_it_is_tried(
    endpoint: Endpoint, filled: dict[str, str], data: dict[str, str], field: str
) -> None:
    assert set(plan("copy-endpoint", endpoint, **filled | data).form.errors) == {field}


def test_an_endpoint_is_deleted_after_its_subnets(ask: Ask, endpoint: Endpoint, ec2: "EC2Client") -> None:
    operation = finish(ask("delete-endpoint", endpoint))
    assert operation.status == OperationStatus.SUCCEEDED
    left = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"]
    assert [row for row in left if row["Status"]["Code"] not in {"deleting", "deleted"}] == []


def test_deleting_asks_for_the_name(endpoint: Endpoint, takahashi: User) -> None:
    draft = plan("delete-endpoint", endpoint)
    with pytest.raises(NameNotTyped):
        services.request(draft=draft, actor=takahashi, reason="x", digest=draft.digest, typed_name="osaka-dr")


def test_a_deletion_whose_answers_are_lost_still_ends(
    ask: Ask, endpoint: Endpoint, control: Control, hurried: None
) -> None:
    operation = ask("delete-endpoint", endpoint)
    for action in ("DisassociateClientVpnTargetNetwork", "DeleteClientVpnEndpoint"):
        control.cut(action, times=1)
    finish(operation, between=after_a_death(operation))
    assert operation.status == OperationStatus.SUCCEEDED


def test_what_belongs_to_the_original_s_account_is_not_taken_to_another_one(
    endpoint: Endpoint, filled: dict[str, str]
) -> None:
    """Tokyo's certificate, SAML provider, VPC and groups are of no use in Osaka: the fields are empty there."""
    form = plan("copy-endpoint", endpoint, **filled | {"account": "osaka", "label": "osaka-new"}).form
    assert {"server_certificate_arn", "saml_provider_arn"} <= set(form.errors)
    for name in ("server_certificate_arn", "saml_provider_arn", "log_group", "vpc_id", "security_groups"):
        assert not form[name].value(), name


def test_addresses_of_another_endpoint_are_taken_with_a_warning(
    endpoint: Endpoint, filled: dict[str, str], english: None
) -> None:
    shown = plan("copy-endpoint", endpoint, **filled | {"client_cidr_block": endpoint.client_cidr_block}).plan
    assert shown is not None
    assert any(row.tone == "warn" and endpoint.label in str(row.text) for row in shown.checks)


def test_address_types_posture_and_policy_context_are_copied(plain_endpoint: Endpoint) -> None:
    plain_endpoint.settings |= {
        "ServerCertificateArn": "arn:aws:acm:ap-northeast-1:123456789012:certificate/x",
        "EndpointIpAddressType": "dual-stack",
        "TrafficIpAddressType": "ipv6",
        "ConnectionLogOptions": {
            "Enabled": True,
            "CloudwatchLogGroup": "/vpn/tokyo",
            "IncludeAuthorizationPolicyContext": True,
        },
        "DevicePostureOptions": {"TrustProviders": [{"TrustProviderType": "jamf", "TenantId": "t"}]},
        "AuthenticationOptions": [{"Type": "certificate-authentication"}],
    }
    plain_endpoint.authentication = ["certificate-authentication"]
    plain_endpoint.save()
    form = plan("copy-endpoint", plain_endpoint).form
    given = {name: str(form[name].initial or "") for name in form.fields}
    given |= {"label": "tokyo-new", "transport_protocol": "udp"}
    draft = plan("copy-endpoint", plain_endpoint, **given)
    assert draft.plan is not None, draft.form.errors
    assert any("6.2.0" in str(row.text) for row in draft.plan.checks)
    request = to_create(new_endpoint(draft.parameters["new"]))
    assert (request["EndpointIpAddressType"], request["TrafficIpAddressType"]) == ("dual-stack", "ipv6")
    assert "ClientCidrBlock" not in request
    assert request["ConnectionLogOptions"]["IncludeAuthorizationPolicyContext"] is True
    assert request["DevicePostureOptions"] == {
        "Enabled": True,
        "TrustProviders": [{"TrustProviderType": "jamf", "TenantId": "t"}],
    }


def test_the_authorization_policy_is_copied_before_the_first_subnet(
    ask: Ask,
    endpoint: Endpoint,
    filled: dict[str, str],
    ec2: "EC2Client",
    control: Control,
    signed_in: SignedIn,
    takahashi: User,
) -> None:
    document = "permit(principal, action, resource);\n"
    ec2.modify_client_vpn_endpoint_authorization_policy(
        ClientVpnEndpointId=endpoint.endpoint_id, PolicyDocument=document, ShadowMode="enabled"
    )
    control.skip(60)
    subnet = endpoint.target_networks[0]["subnet_id"]
    operation = finish(
        ask("copy-endpoint", endpoint, **filled | {"subnets": subnet}), between=lambda: control.skip(60)
    )
    assert (operation.status, operation.error_message) == (OperationStatus.SUCCEEDED, "")
    copy = Endpoint.objects.get(label="tokyo-new")
    answer = ec2.get_client_vpn_endpoint_authorization_policy(ClientVpnEndpointId=copy.endpoint_id)
    assert (answer["PolicyDocument"], answer["ShadowMode"]) == (document, "enabled")
    keys = list(operation.steps.values_list("key", flat=True))
    assert keys.index("copy-policy") < min(keys.index(key) for key in keys if "associate" in key)
    page = signed_in(takahashi).get(operation.get_absolute_url()).content.decode()
    assert f'href="/endpoints/{copy.endpoint_id}/"' in page


def test_a_policy_that_aws_did_not_show_is_neither_copied_nor_called_none(
    ask: Ask, endpoint: Endpoint, filled: dict[str, str], control: Control
) -> None:
    control.fail("GetClientVpnEndpointAuthorizationPolicy", "SomethingNew", status=400)
    operation = finish(ask("copy-endpoint", endpoint, **filled), between=lambda: control.skip(60))
    step = operation.steps.get(key="copy-policy")
    assert step.after["error"]["code"] == "SomethingNew"
    assert was_refused(step)


def test_where_aws_says_that_there_is_no_policy_the_step_says_so(
    ask: Ask, endpoint: Endpoint, filled: dict[str, str], control: Control
) -> None:
    control.fail("GetClientVpnEndpointAuthorizationPolicy", "InvalidAuthorizationPolicyNotFound", status=400)
    operation = finish(ask("copy-endpoint", endpoint, **filled), between=lambda: control.skip(60))
    assert operation.steps.get(key="copy-policy").after == {"unusable": "operation-no-policy"}
