"""``manage.py vpn_stack``: an endpoint of a stack in the sandbox, and what is then done to it by hand."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import hcl2
import pytest
from django.core.management import call_command
from pytest_django import Settings

from sandbox.aws.control import Control
from sandbox.company import EMPLOYEES, ENGINEERING, OFFICE_LAN, TOKYO
from tests.vpn.stacks.deployment import Deployment
from vpn.endpoints.models import Endpoint

pytestmark = pytest.mark.django_db

NAME = "tokyo-main"


@pytest.fixture
def deployment(empty_aws: str, settings: Settings) -> Deployment:
    settings.VPN_ACCOUNTS = [account for account in settings.VPN_ACCOUNTS if account["name"] == "tokyo"]
    made = Deployment(empty_aws, name=NAME)
    made.create(
        "client-vpn.yaml",
        {
            "FirstZone": "ap-northeast-1a",
            "InternetGroupId": EMPLOYEES.id,
            "OfficeCidr": OFFICE_LAN,
            "OfficeGroupId": ENGINEERING.id,
        },
    )
    return made


def run(*arguments: str) -> tuple[int, str, str]:
    """Exit status, what it says, and what it says about why it can't."""
    out, err = StringIO(), StringIO()
    try:
        call_command("vpn_stack", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        return int(str(ended.code)), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


def diff(*arguments: str) -> tuple[int, dict[str, Any]]:
    status, out, _ = run("diff", *arguments, "--json")
    answer: dict[str, Any] = json.loads(out)
    return status, answer


def test_a_stack_and_its_endpoint_are_the_same_until_somebody_changes_one(
    deployment: Deployment, tmp_path: Path, control: Control
) -> None:
    status, answer = diff("--stack", NAME)
    assert (status, answer["result"], answer["differences"]) == (0, "same", [])
    assert answer["stack_status"] == "CREATE_COMPLETE"
    assert answer["compared"] > 20
    assert answer["age_seconds"] < 60
    endpoint_id = answer["endpoint"]

    deployment.ec2.modify_client_vpn_endpoint(
        ClientVpnEndpointId=endpoint_id, SessionTimeoutHours=24, SplitTunnel=True
    )
    deployment.ec2.authorize_client_vpn_ingress(
        ClientVpnEndpointId=endpoint_id, TargetNetworkCidr="10.0.0.0/16", AuthorizeAllGroups=True
    )
    # What was seen last is the same still, and says how old it is.
    assert diff("--stack", NAME, "--snapshot")[0] == 0
    status, answer = diff("--stack", NAME)
    assert (status, answer["result"]) == (1, "different")
    by_subject = {d["subject"]: (d["expected"], d["actual"]) for d in answer["differences"]}
    assert by_subject == {
        "SessionTimeoutHours": ("10", "24"),
        "SplitTunnel": ("false", "true"),
        "AuthorizationRule 10.0.0.0/16 for everybody": ("none", "there"),
    }
    text = run("diff", NAME, "--stack", NAME)[1]
    assert "3 differences" in text
    assert "  SessionTimeoutHours: 10 in the template, 24 in AWS\n" in text

    # The same from the AWS CLI's answer, without a permission for the portal.
    file = tmp_path / "stack.json"
    file.write_text(json.dumps({"Stacks": [deployment.described()]}, default=str), encoding="utf-8")
    assert diff("--file", str(file), "--snapshot")[1]["differences"] == answer["differences"]

    control.fail("DescribeStacks", "AccessDenied", region=TOKYO.region)
    status, answer = diff("--stack", NAME)
    assert (status, answer["result"]) == (2, "unknown")
    assert "AccessDenied" in answer["reason"]
    control.fail("DescribeClientVpnRoutes", "UnauthorizedOperation", region=TOKYO.region)
    status, answer = diff("--file", str(file))
    assert (status, answer["result"]) == (2, "unknown")
    assert "--snapshot" in answer["reason"]


def test_an_endpoint_becomes_import_blocks_that_terraform_reads(deployment: Deployment) -> None:
    status, out, _ = run("import", deployment.outputs()["EndpointId"])
    assert status == 0
    endpoint = Endpoint.objects.get(label=NAME)
    (association,) = endpoint.target_networks
    subnet, which = association["subnet_id"], endpoint.endpoint_id
    ids = [block["id"].strip('"') for block in hcl2.loads(out)["import"]]
    assert ids == [
        which,
        endpoint.log_group,
        f"{which},{association['association_id']}",
        f"{which},10.0.0.2/32",
        f"{which},0.0.0.0/0,{EMPLOYEES.id}",
        f"{which},{OFFICE_LAN},{ENGINEERING.id}",
        f"{which},{subnet},0.0.0.0/0",
        f"{which},{subnet},{OFFICE_LAN}",
    ]
    assert run("import", "nobody")[0] == 2


@pytest.mark.parametrize(
    "text",
    ["no JSON", "[]", "{}", '{"Stacks": []}', '{"name": "x"}'],
    ids=["text", "list", "empty", "no stack", "something"],
)
def test_a_file_that_is_something_else_is_no_difference(tmp_path: Path, text: str) -> None:
    file = tmp_path / "stack.json"
    file.write_text(text, encoding="utf-8")
    status, out, err = run("diff", "--file", str(file))
    assert (status, out) == (2, "")
    assert str(file) in err


def test_terraform_s_outputs_are_understood_too(synced: object, tmp_path: Path) -> None:
    endpoint = Endpoint.objects.get(label=TOKYO.label)
    outputs = {
        "endpoint_id": endpoint.endpoint_id,
        "vpc_id": endpoint.vpc_id,
        "second_subnet_id": None,
        "parameters": {"client_cidr": TOKYO.client_cidr, "session_timeout_hours": 8, "vpn_port": 443},
    }
    file = tmp_path / "outputs.json"
    values = {name: {"sensitive": False, "value": value} for name, value in outputs.items()}
    file.write_text(json.dumps(values), encoding="utf-8")
    status, answer = diff("--file", str(file), "--snapshot")
    assert status == 1
    assert answer["differences"] == [{"subject": "SessionTimeoutHours", "expected": "8", "actual": "24"}]
    assert {"Associations", "AuthorizationRules", "Routes", "EgressAddresses"} <= set(answer["not_compared"])
