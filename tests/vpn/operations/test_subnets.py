"""Subnets to associate: offered as the last look saw them, and what AWS would refuse is refused in words."""

from typing import Any

import pytest

from portal.access.models import User
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import TOKYO
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_endpoint
from tests.vpn.operations.asking import plan
from vpn.aws import accounts
from vpn.endpoints import services
from vpn.endpoints.models import AwsAccount, Endpoint

pytestmark = pytest.mark.django_db

A, A2, C, SMALL, FULL, CLIENTS = (f"subnet-0{number}1b2c3d" for number in range(6))


def subnet(subnet_id: str, zone: str, cidr: str, **changes: Any) -> dict[str, Any]:
    fields = {"vpc_id": "vpc-0", "zone_name": f"ap-northeast-1{zone[-1]}", "free": 250, "name": ""}
    return {"subnet_id": subnet_id, "zone": zone, "cidr": cidr, **fields, **changes}


@pytest.fixture
def endpoint() -> Endpoint:
    """In zone a; its VPC has more subnets."""
    network = {
        "association_id": "cvpn-assoc-0",
        "subnet_id": A,
        "vpc_id": "vpc-0",
        "status": "associated",
        "message": "",
        "security_groups": [],
    }
    stored = save_endpoint(vpc_id="vpc-0", client_cidr_block="10.0.8.0/22", target_networks=[network])
    stored.account.subnets = [
        subnet(A, "apne1-az1", "10.0.0.0/24"),
        subnet(A2, "apne1-az1", "10.0.1.0/24"),
        subnet(C, "apne1-az2", "10.0.2.0/24", name="private-c"),
        subnet(SMALL, "apne1-az3", "10.0.3.0/28", free=11),
        subnet(FULL, "apne1-az3", "10.0.4.0/24", free=19),
        subnet(CLIENTS, "apne1-az3", "10.0.9.0/24"),
        subnet("subnet-elsewhere", "apne1-az3", "10.1.0.0/24", vpc_id="vpc-1"),
    ]
    stored.account.save()
    return stored


@pytest.mark.parametrize(
    ("subnet_id", "words"),
    [
        (A, "This subnet is associated already."),
        (A2, "Another subnet of its zone is associated already."),
        (SMALL, "at least a /27 with 20 free addresses"),
        (FULL, "at least a /27 with 20 free addresses"),
        (CLIENTS, "overlaps with the clients"),
        (
            "subnet-0e1b2c3d",
            "VPC vpc-0 has no such subnet, and AWS takes none of another VPC.",
        ),
    ],
    ids=["associated", "same zone", "small", "full", "overlap", "other VPC"],
)
def test_what_aws_would_refuse_is_refused_in_words(
    endpoint: Endpoint, english: None, subnet_id: str, words: str
) -> None:
    draft = plan("associate-target-network", endpoint, subnet_id=subnet_id, routes="")
    assert draft.plan is None
    assert words in str(draft.form.errors["subnet_id"].as_text())


def test_the_other_zone_s_is_taken_and_the_plan_says_which_it_is(endpoint: Endpoint, english: None) -> None:
    planned = plan("associate-target-network", endpoint, subnet_id=C, routes="").plan
    assert planned is not None
    offered = f"{C} · private-c · ap-northeast-12 · 10.0.2.0/24 · 250 addresses free"
    assert f"It is in the endpoint's VPC, in a zone of its own: {offered}." in [
        str(check.text) for check in planned.checks
    ]


def test_the_page_offers_them_with_zone_and_free_addresses(
    endpoint: Endpoint, signed_in: SignedIn, takahashi: User
) -> None:
    page = signed_in(takahashi).get(
        f"/operations/new/associate-target-network/?endpoint={endpoint.endpoint_id}"
    )
    text = page.content.decode()
    assert f'<option value="{C}">{C} · private-c · ap-northeast-12 · 10.0.2.0/24 · 250 addresses free' in text
    assert "subnet-elsewhere" not in text
    # What can't be taken is there too, with the reason.
    assert f"{A2} · ap-northeast-11 · 10.0.1.0/24 · 250 addresses free · Another subnet of its zone" in text


def test_where_no_subnet_was_ever_seen_its_id_is_typed(endpoint: Endpoint) -> None:
    AwsAccount.objects.update(subnets=[])
    endpoint.refresh_from_db()
    draft = plan("associate-target-network", endpoint, subnet_id="subnet-0e1b2c3d", routes="")
    assert draft.plan is not None
    assert draft.form.fields["subnet_id"].widget.input_type == "text"


def test_a_copy_takes_one_subnet_a_zone(endpoint: Endpoint, english: None) -> None:
    form = plan("copy-endpoint", endpoint).form
    given = {name: str(form[name].initial or "") for name in form.fields}
    given |= {
        "label": "tokyo-2",
        "client_cidr_block": "10.30.0.0/22",
        "server_certificate_arn": "arn:aws:acm:ap-northeast-1:123456789012:certificate/x",
        "saml_provider_arn": "arn:aws:iam::123456789012:saml-provider/x",
        "transport_protocol": "udp",
    }
    for subnets, words in ((f"{A}\n{A2}", "are in the same zone"), ("subnet-0e1b2c3d", "has no such subnet")):
        errors = plan("copy-endpoint", endpoint, **given | {"subnets": subnets}).form.errors
        assert words in errors["subnets"].as_text()
    draft = plan("copy-endpoint", endpoint, **given | {"subnets": f"{A}\n{C}"})
    assert draft.form.errors == {}
    assert draft.plan is not None


def test_a_look_sees_the_subnets_of_the_vpc_and_not_again_for_a_while(
    architecture: Architecture, control: Control
) -> None:
    assert not any(result.failures for result in services.sync_all())
    account = AwsAccount.objects.get(name="tokyo")
    seen = {subnet["subnet_id"]: subnet for subnet in account.subnets}
    private = seen[architecture.tokyo.network.private_subnet_id]
    assert private["vpc_id"] == architecture.tokyo.network.vpc_id
    assert private["free"] > 200
    assert private["zone_name"].startswith(TOKYO.region)
    assert not any(result.failures for result in services.sync_all())
    assert [call["action"] for call in control.calls()].count("DescribeSubnets") == len(accounts.configured())


def test_a_role_that_may_not_see_subnets_sees_all_else(synced: Architecture, control: Control) -> None:
    AwsAccount.objects.update(subnets_seen_at=None)
    control.fail("DescribeSubnets", "UnauthorizedOperation", times=None)
    assert not any(result.failures for result in services.sync_all())
    assert AwsAccount.objects.get(name="tokyo").subnets
