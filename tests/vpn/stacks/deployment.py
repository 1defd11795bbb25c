"""A CloudFormation stack in the sandbox, made from a template of infra/."""

import json
from pathlib import Path
from typing import Any, Final

from sandbox.aws.certificates import server_certificate
from sandbox.aws.seed import administrator
from sandbox.aws.seed_vpn import SAML_METADATA
from sandbox.company import TOKYO
from tests.sandbox.aws.account import eventually

INFRA: Final = Path(__file__).parents[3] / "infra"
TEMPLATES: Final = INFRA / "cloudformation"


class Deployment:
    """One account with what a template asks for, and one stack."""

    def __init__(self, url: str, name: str = "vpn") -> None:
        self.client = administrator(url, TOKYO)
        self.cloudformation: Any = self.client("cloudformation")
        self.ec2: Any = self.client("ec2")
        self.name = self.id = name
        made = server_certificate("vpn.example.co.jp")
        certificate = self.client("acm").import_certificate(
            Certificate=made.certificate, PrivateKey=made.key, CertificateChain=made.chain
        )
        provider = self.client("iam").create_saml_provider(Name="sso", SAMLMetadataDocument=SAML_METADATA)
        self.needed = {
            "ServerCertificateArn": certificate["CertificateArn"],
            "SamlProviderArn": provider["SAMLProviderArn"],
        }

    def create(self, template: str, parameters: dict[str, str], **arguments: Any) -> dict[str, Any]:
        body = (TEMPLATES / template).read_text(encoding="utf-8")
        answer = self.cloudformation.create_stack(
            StackName=self.name, TemplateBody=body, Parameters=_listed(self.needed | parameters), **arguments
        )
        self.id = answer["StackId"]
        return self.settled()

    def update(self, changes: dict[str, str], **arguments: Any) -> dict[str, Any]:
        """Of the same template, with these parameters changed."""
        before = {p["ParameterKey"]: p["ParameterValue"] for p in self.described()["Parameters"]}
        self.cloudformation.update_stack(
            StackName=self.name,
            UsePreviousTemplate=True,
            Parameters=_listed(before | changes),
            **arguments,
        )
        return self.settled()

    def delete(self) -> dict[str, Any]:
        self.cloudformation.delete_stack(StackName=self.name)
        return self.settled()

    def described(self) -> dict[str, Any]:
        stacks: list[dict[str, Any]] = self.cloudformation.describe_stacks(StackName=self.id)["Stacks"]
        return stacks[0]

    def settled(self) -> dict[str, Any]:
        eventually(lambda: not self.described()["StackStatus"].endswith("_IN_PROGRESS"), seconds=20)
        return self.described()

    def outputs(self) -> dict[str, str]:
        return {output["OutputKey"]: output["OutputValue"] for output in self.described()["Outputs"]}

    def physical_ids(self) -> dict[str, str]:
        resources = self.cloudformation.describe_stack_resources(StackName=self.id)["StackResources"]
        return {resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in resources}

    def protect(self) -> None:
        policy = json.loads((TEMPLATES / "client-vpn-stack-policy.json").read_text(encoding="utf-8"))
        self.cloudformation.set_stack_policy(StackName=self.name, StackPolicyBody=json.dumps(policy))

    def endpoint(self) -> dict[str, Any]:
        wanted = [self.outputs()["EndpointId"]]
        endpoints = self.ec2.describe_client_vpn_endpoints(ClientVpnEndpointIds=wanted)
        described: dict[str, Any] = endpoints["ClientVpnEndpoints"][0]
        return described


def _listed(parameters: dict[str, str]) -> list[dict[str, str]]:
    return [{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()]
