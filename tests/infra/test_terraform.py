"""The Terraform module: read by python-hcl2, held against the template, tested by Terraform if it is there.

Terraform is in none of PyPI, npm and Debian's packages, so a machine may not have it. Without its registry it can't
read the AWS provider: what needs that (``tests/client_vpn.tftest.hcl``) is only parsed here.
"""

import re
import shutil
import subprocess
from functools import cache
from pathlib import Path
from typing import Any, Final

import hcl2
import pytest

from sandbox.aws.cloudformation.template import Template

ROOT: Final = Path(__file__).resolve().parent.parent.parent
MODULE: Final = ROOT / "infra/terraform/client-vpn"
SETTINGS: Final = MODULE / "settings"
FILES: Final = sorted([*MODULE.rglob("*.tf"), *MODULE.rglob("*.tftest.hcl")])
TERRAFORM: Final = shutil.which("terraform")
TEMPLATE: Final = Template((ROOT / "infra/cloudformation/client-vpn.yaml").read_text(encoding="utf-8"))
# The AWS provider has no authorization policy.
NOT_IN_THE_PROVIDER: Final = {"AuthorizationPolicy", "AuthorizationPolicyShadowMode", "LogPolicyContext"}
# Resources by CloudFormation's type, and what is called otherwise there than in snake case.
RESOURCES: Final = {
    "AWS::EC2::VPC": "aws_vpc",
    "AWS::EC2::InternetGateway": "aws_internet_gateway",
    "AWS::EC2::VPCGatewayAttachment": "aws_vpn_gateway_attachment",
    "AWS::EC2::RouteTable": "aws_route_table",
    "AWS::EC2::Route": "aws_route",
    "AWS::EC2::Subnet": "aws_subnet",
    "AWS::EC2::SubnetRouteTableAssociation": "aws_route_table_association",
    "AWS::EC2::EIP": "aws_eip",
    "AWS::EC2::NatGateway": "aws_nat_gateway",
    "AWS::EC2::SecurityGroup": "aws_security_group",
    "AWS::Logs::LogGroup": "aws_cloudwatch_log_group",
    "AWS::EC2::ClientVpnEndpoint": "aws_ec2_client_vpn_endpoint",
    "AWS::EC2::ClientVpnTargetNetworkAssociation": "aws_ec2_client_vpn_network_association",
    "AWS::EC2::ClientVpnAuthorizationRule": "aws_ec2_client_vpn_authorization_rule",
    "AWS::EC2::ClientVpnRoute": "aws_ec2_client_vpn_route",
    "AWS::EC2::CustomerGateway": "aws_customer_gateway",
    "AWS::EC2::VPNGateway": "aws_vpn_gateway",
    "AWS::EC2::VPNConnection": "aws_vpn_connection",
    "AWS::EC2::VPNConnectionRoute": "aws_vpn_connection_route",
    "AWS::EC2::VPNGatewayRoutePropagation": "aws_vpn_gateway_route_propagation",
    "AWS::CloudWatch::Alarm": "aws_cloudwatch_metric_alarm",
}
ENDPOINT_ARGUMENTS: Final = {"TagSpecifications": "tags", "AuthorizationPolicy": ""}


@cache
def parsed(path: Path) -> dict[str, Any]:
    document: dict[str, Any] = hcl2.loads(path.read_text(encoding="utf-8"))
    return document


def unquoted(name: str) -> str:
    return name.strip('"')


def blocks(folder: Path, kind: str) -> dict[str, dict[str, Any]]:
    """Blocks with one label of a module's own files, by the label."""
    return {
        unquoted(label): body
        for path in sorted(folder.glob("*.tf"))
        for block in parsed(path).get(kind, ())
        for label, body in block.items()
    }


def resources() -> dict[str, list[dict[str, Any]]]:
    by_type: dict[str, list[dict[str, Any]]] = {}
    for path in sorted(MODULE.glob("*.tf")):
        for block in parsed(path).get("resource", ()):
            for kind, named in block.items():
                by_type.setdefault(unquoted(kind), []).extend(named.values())
    return by_type


def snake_case(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(MODULE)))
def test_each_file_is_hcl(path: Path) -> None:
    assert parsed(path)


@pytest.mark.parametrize("folder", [MODULE, SETTINGS], ids=["module", "settings"])
def test_each_variable_and_output_is_described_and_each_variable_used(folder: Path) -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in folder.glob("*.tf"))
    for name, variable in blocks(folder, "variable").items():
        assert variable["description"], name
        assert "type" in variable, name
        # Where it is checked counts too: some are only let through or refused.
        assert re.search(rf"\bvar\.{name}\b", text), name
    for name, output in blocks(folder, "output").items():
        assert output["description"], name


def test_it_has_the_template_s_parameters_and_outputs() -> None:
    parameters = {snake_case(name) for name in TEMPLATE.parameters.keys() - NOT_IN_THE_PROVIDER}
    assert blocks(MODULE, "variable").keys() - {"tags"} == parameters
    outputs = {snake_case(name) for name in TEMPLATE.outputs}
    assert blocks(MODULE, "output").keys() - {"parameters"} == outputs


def test_its_defaults_are_the_template_s() -> None:
    for name, variable in blocks(MODULE, "variable").items():
        camel = next((key for key in TEMPLATE.parameters if snake_case(key) == name), "")
        declared = TEMPLATE.parameters.get(camel, {})
        default = variable.get("default")
        expected = declared.get("Default")
        if camel:
            shown = None if default is None else unquoted(str(default))
            assert (shown or "").lower() == str("" if expected is None else expected).lower(), name
            assert ("default" in variable) == ("Default" in declared), name


def test_it_makes_what_the_template_makes() -> None:
    wanted = {RESOURCES[resource["Type"]] for resource in TEMPLATE.resources.values()}
    assert resources().keys() == wanted


def test_the_endpoint_has_the_template_s_settings() -> None:
    (endpoint,) = resources()["aws_ec2_client_vpn_endpoint"]
    properties = TEMPLATE.resources["Endpoint"]["Properties"]
    names = {ENDPOINT_ARGUMENTS.get(name, snake_case(name)) for name in properties} - {""}
    arguments = {name for name in endpoint if not name.startswith("__")}
    assert arguments - {"lifecycle"} == names


@pytest.mark.parametrize("kind", ["aws_ec2_client_vpn_endpoint", "aws_eip", "aws_cloudwatch_log_group"])
def test_what_others_know_is_not_destroyed(kind: str) -> None:
    """As the template retains it."""
    (resource,) = resources()[kind]
    assert resource["lifecycle"][0]["prevent_destroy"] is True


@pytest.mark.skipif(TERRAFORM is None, reason="Terraform is not on this machine")
def test_terraform_itself_formats_and_tests_it(tmp_path: Path) -> None:
    """What follows from the variables, and what is refused: settings/ needs no provider."""
    assert TERRAFORM

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [TERRAFORM, *arguments], cwd=copy, capture_output=True, text=True, check=False, timeout=120
        )

    copy = tmp_path / "client-vpn"
    shutil.copytree(MODULE, copy)
    formatted = run("fmt", "-check", "-recursive")
    assert formatted.returncode == 0, formatted.stdout
    assert run("-chdir=settings", "init", "-input=false").returncode == 0
    tested = run("-chdir=settings", "test", "-no-color")
    assert tested.returncode == 0, tested.stdout
    assert "10 passed, 0 failed" in tested.stdout
