"""Networks as people type them into forms of operations."""

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from tests.vpn.endpoints_in_database import save_endpoint
from tests.vpn.operations.asking import plan
from vpn.operation_kinds.endpoint_settings.fields import BANNER_CHARACTERS, ModifyEndpointForm
from vpn.operation_kinds.endpoint_settings.modify_endpoint import ModifyEndpointKind
from vpn.operations.base.arns import check_certificate_arn
from vpn.operations.base.fields import CidrField


@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("0.0.0.0", "0.0.0.0/0"),
        ("10.0.0.1", "10.0.0.1/32"),
        ("10.0.0.1/16", "10.0.0.0/16"),
        ("::", "::/0"),
        ("2001:db8::1", "2001:db8::1/128"),
    ],
)
def test_a_network_without_its_size_is_refused_with_what_was_meant(typed: str, suggested: str) -> None:
    with pytest.raises(ValidationError) as refused:
        CidrField(ipv6=True).clean(typed)
    assert suggested in " ".join(refused.value.messages)


def test_full_width_digits_and_one_address_with_its_size_are_taken() -> None:
    assert CidrField().clean("１０．０．０．０／１６") == "10.0.0.0/16"
    assert CidrField().clean("10.0.0.1/32") == "10.0.0.1/32"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("traffic", "cidr", "taken"),
    [
        ("ipv4", "10.0.0.0/16", True),
        ("ipv4", "2001:db8:1::/48", False),
        ("ipv6", "2001:db8:1::/48", True),
        ("ipv6", "::/0", True),
        ("ipv6", "0.0.0.0/0", False),
        ("dual-stack", "::/0", True),
        ("dual-stack", "0.0.0.0/0", True),
    ],
)
def test_rules_and_routes_take_the_versions_of_ip_that_the_endpoint_carries(
    traffic: str, cidr: str, taken: bool
) -> None:
    subnet = "subnet-0a1b2c3d"
    endpoint = save_endpoint(
        authorization_rules=[],
        settings={"TrafficIpAddressType": traffic},
        client_cidr_block="10.8.0.0/22",
        target_networks=[
            {"association_id": "a", "subnet_id": subnet, "vpc_id": "vpc-0", "status": "associated"}
        ],
    )
    rule = plan("authorize-ingress", endpoint, destination_cidr=cidr, who="group", group_id="g")
    route = plan("create-route", endpoint, destination_cidr=cidr, target_subnet=subnet)
    for draft in (rule, route):
        assert (draft.plan is not None) is taken, draft.form.errors
        assert taken or set(draft.form.errors) == {"destination_cidr"}


@pytest.mark.django_db
def test_a_banner_is_measured_in_characters_as_aws_does() -> None:
    endpoint = save_endpoint(settings={"VpcId": "vpc-0", "ServerCertificateArn": "arn:aws:acm:one"})
    longest = "あ" * BANNER_CHARACTERS
    assert plan("modify-endpoint", endpoint, login_banner=longest).plan is not None
    assert set(plan("modify-endpoint", endpoint, login_banner=longest + "あ").form.errors) == {"login_banner"}


@pytest.mark.parametrize(
    "arn",
    [
        "x",
        "arn:aws:acm:ap-northeast-3:123456789012:certificate/0a",
        "arn:aws:iam::123456789012:saml-provider/company",
    ],
)
def test_what_is_no_certificate_of_the_region_is_refused(arn: str) -> None:
    check_certificate_arn("arn:aws:acm:ap-northeast-1:123456789012:certificate/0a", region="ap-northeast-1")
    with pytest.raises(ValidationError):
        check_certificate_arn(arn, region="ap-northeast-1")


@pytest.mark.django_db
def test_the_length_of_a_session_is_no_search_range_and_several_settings_are_named() -> None:
    endpoint = save_endpoint(settings={"VpcId": "vpc-1"})
    with override("ja"):
        assert ">24時間</option>" in str(ModifyEndpointForm(endpoint=endpoint)["session_timeout_hours"])
        changed = {"dns_servers": ["10.0.0.2"], "vpn_port": 1194, "split_tunnel": True, "description": "x"}
        heading = ModifyEndpointKind().heading(endpoint, changed)
    assert heading.count("、") == 1
    assert "ほか2件" in heading
