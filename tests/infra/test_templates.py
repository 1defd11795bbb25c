"""CloudFormation templates: whose permissions are those that the code needs. `make lint` has cfn-lint read them."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from runpy import run_path
from typing import Any, Final

import pytest
import yaml
from botocore.loaders import Loader as ModelLoader
from django.conf import settings

from tests.vpn.aws.test_client_connect_handler import TEMPLATE, Loader

ROOT: Final = Path(__file__).resolve().parent.parent.parent
ROLES: Final = yaml.load(
    (ROOT / "infra/cloudformation/portal-roles.yaml").read_text(encoding="utf-8"), Loader
)
# The worker's own role needs it.
# For questions to the connection log that go back further than the portal keeps it.
FOR_QUERIES: Final = {"logs:StartQuery", "logs:GetQueryResults", "logs:StopQuery"}
SERVICES: Final = (
    "acm|cloudformation|cloudtrail|cloudwatch|dynamodb|ec2|iam|identitystore|logs|pricing|"
    "servicequotas|sqs|sts"
)
# Where AWS's model has another name than IAM
MODELS: Final = {"servicequotas": "service-quotas"}
NOT_IN_THE_ROLES: Final = {"sts:AssumeRole"}


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def granted_actions(template: dict[str, Any], *resources: str) -> set[str]:
    documents = (
        properties.get("PolicyDocument")
        for name in resources or template["Resources"]
        for properties in (
            template["Resources"][name]["Properties"],
            *template["Resources"][name]["Properties"].get("Policies", ()),
        )
    )
    return {
        action
        for document in documents
        if document
        for statement in document["Statement"]
        for action in listed(statement["Action"])
    }


def documented_actions(text: str) -> Iterator[str]:
    """``IAM: ec2:One, Two; on the endpoint ec2:Three, Four.``: a service holds for what follows it."""
    _, _, actions = text.partition("IAM")
    service = ""
    for given, action in re.findall(
        rf"\b(?:({SERVICES}):)?([A-Z]\w+)\b",
        actions.partition("\n\n")[0],
    ):
        service = given or service
        if service and action in service_operations(service):
            yield f"{service}:{action}"


@cache
def service_operations(service: str) -> frozenset[str]:
    """As AWS's own model names them."""
    return frozenset(
        ModelLoader().load_service_model(MODELS.get(service, service), "service-2")["operations"]
    )


def actions_in_code() -> set[str]:
    docstrings = (
        ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
        for path in (ROOT / "vpn/aws").glob("*.py")
    )
    return {action for text in docstrings for action in documented_actions(text)}


def test_the_roles_may_do_what_the_code_says_it_does_and_nothing_else() -> None:
    code, roles = actions_in_code() - NOT_IN_THE_ROLES, granted_actions(ROLES)
    assert code - roles == set()
    assert roles - code <= FOR_QUERIES


def policies_of(role: str) -> list[str]:
    """Names of the template's policies that are the role's."""
    resources = ROLES["Resources"].items()
    return [name for name, resource in resources if role in str(resource["Properties"].get("Roles"))]


def test_the_role_that_reads_changes_nothing() -> None:
    granted = granted_actions(ROLES, *policies_of("ReadRole"))
    verbs = {re.split(r"(?<=[a-z])(?=[A-Z])", action.split(":")[1])[0] for action in granted}
    # A query in CloudWatch Logs is started and stopped; an export of a profile is read; a message is taken
    # from the queue, which has no other reader.
    queue = {"Receive", "Delete"}
    assert verbs <= {"Describe", "Get", "List", "Filter", "Export", "Lookup", "Start", "Stop"} | queue
    assert {action for action in granted if ":Delete" in action} == {"sqs:DeleteMessage"}


def test_there_is_a_document_of_each_policy_and_the_documentation_names_it() -> None:
    """`make iam` writes them."""
    written = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "infra/iam").glob("*.json")}
    writer = run_path(str(ROOT / "infra/iam/write.py"))
    assert written == {name: writer["text"](document) for name, document in writer["policies"]().items()}
    linked = re.findall(
        r"\]\(\.\./infra/iam/([\w-]+)\.json\)", (ROOT / "docs/aws.md").read_text(encoding="utf-8")
    )
    assert sorted(linked) == sorted(written)


def test_each_source_is_a_policy_by_its_name() -> None:
    assert set(settings.VPN_SOURCES) <= set(run_path(str(ROOT / "infra/iam/write.py"))["policies"]())


@pytest.mark.parametrize("template", [ROLES, TEMPLATE], ids=["roles", "handler"])
def test_every_action_is_one_that_aws_has(template: dict[str, Any]) -> None:
    for action in granted_actions(template) - NOT_IN_THE_ROLES:
        service, _, name = action.partition(":")
        assert name in service_operations(service), action


def test_changes_are_allowed_on_endpoints_with_the_tag_only() -> None:
    """What an endpoint is attached to has no such tag."""
    statements = ROLES["Resources"]["OperationsPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    reading = ("ec2:Describe", "ec2:Get", "ec2:Export")
    for statement in statements:
        if all(action.startswith(reading) for action in listed(statement["Action"])):
            continue
        on_endpoints = [arn for arn in listed(statement["Resource"]) if "client-vpn-endpoint" in arn]
        assert bool(on_endpoints) == ("Condition" in statement), statement["Sid"]


def test_the_template_of_a_vpn_gives_people_a_dns_server_that_they_may_reach() -> None:
    """With full tunnel, Windows sends all DNS through it: the VPC's resolver, and a rule for everybody."""
    path = ROOT / "infra/cloudformation/client-vpn.yaml"
    resources = yaml.load(path.read_text(encoding="utf-8"), Loader)["Resources"]
    assert resources["Endpoint"]["Properties"]["DnsServers"]
    rule = resources["DnsRule"]["Properties"]
    assert rule["AuthorizeAllGroups"] is True
    assert "/32" in str(rule["TargetNetworkCidr"])


@pytest.mark.parametrize(
    "path",
    [
        *sorted((ROOT / "infra/cloudformation").glob("*.yaml")),
        ROOT / "infra/client-connect-handler/template.yaml",
    ],
    ids=lambda path: path.stem,
)
def test_every_parameter_and_output_says_what_it_is_for(path: Path) -> None:
    template = yaml.load(path.read_text(encoding="utf-8"), Loader)
    for part in ("Parameters", "Outputs"):
        for name, declaration in template.get(part, {}).items():
            assert declaration.get("Description"), f"{part} {name}"


@pytest.mark.parametrize("name", ["client-vpn", "client-vpn-transit-gateway"])
def test_no_parameter_but_the_label_reaches_the_endpoint_s_tags(name: str) -> None:
    """A tag that changes replaces the endpoint, and so everybody's profile."""
    path = ROOT / "infra/cloudformation" / f"{name}.yaml"
    endpoint = yaml.load(path.read_text(encoding="utf-8"), Loader)["Resources"]["Endpoint"]
    (specification,) = endpoint["Properties"]["TagSpecifications"]
    assert {tag["Key"] for tag in specification["Tags"]} == {"Name", "genkan:managed"}
    assert (endpoint["DeletionPolicy"], endpoint["UpdateReplacePolicy"]) == ("Retain", "Retain")
