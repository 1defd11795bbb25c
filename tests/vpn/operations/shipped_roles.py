"""The roles of infra/cloudformation/portal-roles.yaml in the sandbox's accounts, and the portal in them.

The stack is deployed by CloudFormation in each account, as docs/infra.md says; the worker's own role may do nothing
but assume what the stacks make.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox.aws.control import Control
from sandbox.aws.policies import Decision, decide_by_names, listed, read_statements
from sandbox.aws.seed import DENY_LIST, administrator
from sandbox.company import OSAKA, TOKYO, EndpointSeed
from tests.sandbox.aws.account import eventually

TEMPLATE: Final = Path(__file__).resolve().parents[3] / "infra/cloudformation/portal-roles.yaml"
EXTERNAL_ID: Final = "a-long-random-text-of-both"
STACK: Final = "genkan-roles"
WORKER: Final = f"arn:aws:iam::{TOKYO.account}:role/genkan-worker"


@dataclass(frozen=True)
class Permission:
    """An action that a statement of a policy grants to a role; each of them may be taken away by itself."""

    role: str
    policy: str
    statement: int
    action: str

    @property
    def name(self) -> tuple[str, str, int, str]:
        """The same in each account that the stack is deployed in."""
        # CloudFormation calls a role by the stack, the logical name and something random.
        logical = self.role.split("-")[-2]
        return logical, self.policy, self.statement, self.action


class ShippedRoles:
    """``documents``: by role's ARN and policy's name, as CloudFormation has made them."""

    def __init__(self, url: str) -> None:
        self._url, self._control = url, Control(url)
        self.documents: dict[str, dict[str, Any]] = {}
        # By account: what VPN_ACCOUNTS has of the stack's outputs
        self.outputs: dict[str, dict[str, str]] = {}
        for place in (TOKYO, OSAKA):
            self._deploy(place)

    def _deploy(self, place: EndpointSeed) -> None:
        aws = administrator(self._url, place)
        cloudformation, iam = aws("cloudformation"), aws("iam")
        parameters = {"WorkerRoleArn": WORKER, "ExternalId": EXTERNAL_ID}
        if place == TOKYO:
            table = f"arn:aws:dynamodb:{place.region}:{place.account}:table/{DENY_LIST}"
            parameters["DenyListTableArn"] = table
        cloudformation.create_stack(
            StackName=STACK,
            TemplateBody=TEMPLATE.read_text(encoding="utf-8"),
            Capabilities=["CAPABILITY_IAM"],
            Parameters=[{"ParameterKey": key, "ParameterValue": value} for key, value in parameters.items()],
        )

        def stack() -> Any:
            return cloudformation.describe_stacks(StackName=STACK)["Stacks"][0]

        eventually(lambda: stack()["StackStatus"] == "CREATE_COMPLETE", seconds=20)
        outputs = {output["OutputKey"]: output["OutputValue"] for output in stack()["Outputs"]}
        self.outputs[place.account] = {
            "role_arn": outputs["ReadRoleArn"],
            "operate_role_arn": outputs["OperateRoleArn"],
            "external_id": EXTERNAL_ID,
        }
        for arn in (outputs["ReadRoleArn"], outputs["OperateRoleArn"]):
            role = arn.rpartition("/")[2]
            names = iam.list_role_policies(RoleName=role)["PolicyNames"]
            self.documents[arn] = {
                name: iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"] for name in names
            }

    def worker_credentials(self) -> dict[str, str]:
        """Of a session of the worker's own role, as the environment has them."""
        aws = administrator(self._url, TOKYO)
        iam = aws("iam")
        trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": TOKYO.account}}
        role = iam.create_role(
            RoleName="genkan-worker",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
        )["Role"]
        assume = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": list(self.documents)}
        iam.put_role_policy(
            RoleName="genkan-worker",
            PolicyName="assume",
            PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [assume]}),
        )
        keys = aws("sts").assume_role(RoleArn=role["Arn"], RoleSessionName="worker")["Credentials"]
        return {
            "AWS_ACCESS_KEY_ID": keys["AccessKeyId"],
            "AWS_SECRET_ACCESS_KEY": keys["SecretAccessKey"],
            "AWS_SESSION_TOKEN": keys["SessionToken"],
        }

    def permissions(self) -> list[Permission]:
        return [
            Permission(role, policy, number, action)
            for role, policies in self.documents.items()
            for policy, document in policies.items()
            for number, statement in enumerate(read_statements(document))
            for action in listed(statement["Action"])
        ]

    def is_needed(self, permission: Permission, asked: Iterable[Mapping[str, Any]]) -> bool:
        """Whether something that IAM was ``asked`` would be refused without the permission."""
        statements = [
            statement
            for policy, document in self.documents[permission.role].items()
            for statement in read_statements(_less(document, policy, permission))
        ]
        return any(
            decide_by_names(
                statements,
                action=call["action"],
                arns=call["arns"],
                context={name: tuple(values) for name, values in call["context"].items()},
            )
            is not Decision.ALLOWED
            for call in asked
            if (call["principal"], call["action"]) == (permission.role, permission.action)
        )

    @contextmanager
    def without(self, action: str) -> Iterator[None]:
        """For a while, no role has it."""
        concerned = {
            (permission.role, permission.policy)
            for permission in self.permissions()
            if permission.action == action
        }
        for role, policy in concerned:
            document = self.documents[role][policy]
            for permission in self.permissions():
                if (permission.role, permission.policy, permission.action) == (role, policy, action):
                    document = _less(document, policy, permission)
            self._put(role, policy, document)
        yield
        for role, policy in concerned:
            self._put(role, policy, self.documents[role][policy])

    def _put(self, role: str, policy: str, document: Mapping[str, Any]) -> None:
        account, _, name = role.removeprefix("arn:aws:iam::").partition(":role/")
        place = TOKYO if account == TOKYO.account else OSAKA
        # IAM takes no document that grants nothing.
        statements = [statement for statement in document["Statement"] if statement["Action"]]
        with unenforced(self._control):
            iam = administrator(self._url, place)("iam")
            if statements:
                text = json.dumps({**document, "Statement": statements})
                iam.put_role_policy(RoleName=name, PolicyName=policy, PolicyDocument=text)
            else:
                iam.delete_role_policy(RoleName=name, PolicyName=policy)


def _less(document: Mapping[str, Any], policy: str, without: Permission) -> Mapping[str, Any]:
    if without.policy != policy:
        return document
    statements = [
        {**statement, "Action": [one for one in listed(statement["Action"]) if one != without.action]}
        if number == without.statement
        else statement
        for number, statement in enumerate(read_statements(document))
    ]
    return {**document, "Statement": statements}


@contextmanager
def unenforced(control: Control) -> Iterator[None]:
    """For what an administrator does, whose key no account has."""
    control.enforce_iam(False)
    yield
    control.enforce_iam(True)
