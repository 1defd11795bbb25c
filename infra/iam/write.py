"""Writes the policies of infra/cloudformation/portal-roles.yaml as JSON, for whoever doesn't use CloudFormation.

``python infra/iam/write.py`` (``make iam``): one file a policy, by the policy's name. ACCOUNT and the names of the
VALUES below are to be replaced.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

import yaml

HERE: Final = Path(__file__).resolve().parent
TEMPLATE: Final = HERE.parent / "cloudformation" / "portal-roles.yaml"
# What the template's parameters and CloudFormation's own stand for in a document that nobody deploys
VALUES: Final = {
    "AWS::Partition": "aws",
    "AWS::AccountId": "ACCOUNT",
    "ManagedTagValue": "true",
    "LogGroupName": "NAME-OF-THE-LOG-GROUP",
    "HealthQueueName": "genkan-health-events",
    "DenyListTableArn": "ARN-OF-THE-DENY-LIST-TABLE",
}


class Loader(yaml.SafeLoader):
    """Reads the short forms !Ref and !Sub, and keeps the name of what else there is."""


def _function(loader: Loader, tag: str, node: yaml.Node) -> Any:
    if not isinstance(node, yaml.ScalarNode):
        # Conditions; no policy has any.
        return tag
    text = str(loader.construct_scalar(node))
    if tag == "Ref":
        return VALUES.get(text, text)
    return re.sub(r"\$\{([^}]+)\}", lambda match: VALUES[match[1]], text)


Loader.add_multi_constructor("!", _function)


def policies() -> dict[str, dict[str, Any]]:
    """The policies' documents, by their names."""
    template = yaml.load(TEMPLATE.read_text(encoding="utf-8"), Loader)  # noqa: S506  # a SafeLoader
    properties = [
        resource["Properties"]
        for resource in template["Resources"].values()
        if resource["Type"] == "AWS::IAM::Policy"
    ]
    return {policy["PolicyName"]: policy["PolicyDocument"] for policy in properties}


def text(document: dict[str, Any]) -> str:
    return json.dumps(document, indent=2) + "\n"


def main() -> None:
    for path in HERE.glob("*.json"):
        path.unlink()
    for name, document in policies().items():
        (HERE / f"{name}.json").write_text(text(document), encoding="utf-8")


if __name__ == "__main__":
    main()
