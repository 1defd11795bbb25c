"""What a template says of its endpoint: the parameters and outputs of a stack, from AWS or from a file."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


class UnreadableDescriptionError(ValueError):
    """The file isn't one of the forms that are understood; the text says what it should be."""


@dataclass(frozen=True)
class StackDescription:
    """By the names of infra/cloudformation/client-vpn.yaml; ``status`` is empty where nobody says it."""

    name: str
    parameters: Mapping[str, str]
    outputs: Mapping[str, str]
    status: str = ""


def parse_description(text: str) -> StackDescription:
    """``aws cloudformation describe-stacks``, ``terraform output -json``, or ``{"parameters": …, "outputs": …}``.

    Raises UnreadableDescriptionError.
    """
    try:
        document = json.loads(text)
    except ValueError as error:
        raise UnreadableDescriptionError(f"The file is not JSON: {error}") from error
    if not isinstance(document, dict):
        raise UnreadableDescriptionError("The file must hold a JSON object.")
    if "Stacks" in document:
        return _of_cloudformation(document["Stacks"])
    # First: the module's outputs, too, have one with the name parameters.
    if document and all(isinstance(value, dict) and "value" in value for value in document.values()):
        return _of_terraform({name: output["value"] for name, output in document.items()})
    if "outputs" in document or "parameters" in document:
        return StackDescription(
            str(document.get("name", "")),
            _texts(document.get("parameters") or {}),
            _texts(document.get("outputs") or {}),
        )
    raise UnreadableDescriptionError(
        "The file must be the output of `aws cloudformation describe-stacks --stack-name …`, "
        'of `terraform output -json`, or {"parameters": {…}, "outputs": {…}}.'
    )


def _of_cloudformation(stacks: Any) -> StackDescription:
    if not isinstance(stacks, list) or len(stacks) != 1:
        raise UnreadableDescriptionError("The file must describe one stack: name it with --stack-name.")
    (stack,) = stacks
    return StackDescription(
        stack.get("StackName", ""),
        {row["ParameterKey"]: row.get("ParameterValue", "") for row in stack.get("Parameters") or ()},
        {row["OutputKey"]: row.get("OutputValue", "") for row in stack.get("Outputs") or ()},
        stack.get("StackStatus", ""),
    )


def _of_terraform(outputs: Mapping[str, Any]) -> StackDescription:
    """The module's output ``parameters`` has its variables; its other outputs are those of the template."""
    parameters = outputs.get("parameters")
    return StackDescription(
        "",
        _texts(_camel_case(parameters if isinstance(parameters, dict) else {})),
        _texts(_camel_case({name: value for name, value in outputs.items() if name != "parameters"})),
    )


def _camel_case(values: Mapping[str, Any]) -> dict[str, Any]:
    """``first_subnet_id`` is ``FirstSubnetId``."""
    return {re.sub(r"(?:^|_)(\w)", lambda match: match[1].upper(), name): v for name, v in values.items()}


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    """As CloudFormation has them; null, which Terraform has for an output that isn't, is left out."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in values.items()
        if value is not None
    }
