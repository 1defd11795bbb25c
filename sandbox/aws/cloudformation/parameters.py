"""The values of a template's parameters, checked before anything is made (user guide, "Parameters")."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.aws.account_resources import AccountResources
from sandbox.aws.cloudformation.template import Scope, Template, invalid
from sandbox.aws.errors import AwsError


def check_parameters(template: Template, given: Mapping[str, str], resources: AccountResources) -> None:
    """Raises AwsError (ValidationError) for a value that the template refuses, or that names nothing that exists."""
    unknown = given.keys() - template.parameters.keys()
    if unknown:
        raise invalid(f"Parameters: [{', '.join(sorted(unknown))}] do not exist in the template")
    absent = {name for name, p in template.parameters.items() if "Default" not in p} - given.keys()
    if absent:
        raise invalid(f"Parameters: [{', '.join(sorted(absent))}] must have values")
    for name, declaration in template.parameters.items():
        text = _text(declaration, given.get(name))
        exists = EXISTING.get(_kind(declaration).removeprefix("List<").removesuffix(">"))
        for value in _values(text) if _is_list(declaration) else [text]:
            _check(name, declaration, value)
            if exists and not exists(resources, value):
                message = f"Parameter validation failed: parameter value {value} for {name} does not exist"
                raise invalid(message)


def parameter_scope(template: Template, given: Mapping[str, str], pseudo: Mapping[str, str]) -> Scope:
    """What conditions, rules and resources see of parameters that have been checked."""
    values = {
        name: _values(text) if _is_list(declaration) else text
        for name, declaration in template.parameters.items()
        for text in [_text(declaration, given.get(name))]
    }
    return Scope({**pseudo, **values})


def _kind(declaration: Mapping[str, Any]) -> str:
    return str(declaration.get("Type", "String"))


def _is_list(declaration: Mapping[str, Any]) -> bool:
    kind = _kind(declaration)
    return kind == "CommaDelimitedList" or kind.startswith("List<")


def _text(declaration: Mapping[str, Any], given: str | None) -> str:
    return str(declaration.get("Default", "") if given is None else given)


def _values(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")] if text else []


def _check(name: str, declaration: Mapping[str, Any], value: str) -> None:
    if "Number" in str(declaration.get("Type")) and not re.fullmatch(r"-?\d+(\.\d+)?", value):
        raise _refused(name, declaration, f"must be a number, not {value!r}")
    allowed = declaration.get("AllowedValues")
    if allowed is not None and value not in {
        str(v).lower() if isinstance(v, bool) else str(v) for v in allowed
    }:
        raise _refused(name, declaration, f"must be one of AllowedValues, not {value!r}")
    # AWS's expressions are Java's, and hold for the whole value.
    pattern = declaration.get("AllowedPattern")
    if pattern is not None and not re.fullmatch(pattern, value):
        raise _refused(name, declaration, f"must match pattern {pattern}, not {value!r}")
    size = float(value) if "Number" in str(declaration.get("Type")) else 0.0
    for limit, measured in (("MinValue", size), ("MinLength", len(value))):
        if limit in declaration and measured < float(declaration[limit]):
            raise _refused(name, declaration, f"is below {limit} {declaration[limit]}")
    for limit, measured in (("MaxValue", size), ("MaxLength", len(value))):
        if limit in declaration and measured > float(declaration[limit]):
            raise _refused(name, declaration, f"is above {limit} {declaration[limit]}")


def _refused(name: str, declaration: Mapping[str, Any], why: str) -> AwsError:
    if "ConstraintDescription" in declaration:
        return invalid(
            f"Parameter {name} failed to satisfy constraint: {declaration['ConstraintDescription']}"
        )
    return invalid(f"Parameter '{name}' {why}")


EXISTING: Final[dict[str, Callable[[AccountResources, str], bool]]] = {
    "AWS::EC2::AvailabilityZone::Name": lambda resources, name: name in {z.name for z in resources.zones()},
    "AWS::EC2::VPC::Id": lambda resources, vpc_id: bool(resources.vpc_cidrs(vpc_id)),
    "AWS::EC2::Subnet::Id": lambda resources, subnet_id: resources.subnet(subnet_id) is not None,
    "AWS::EC2::SecurityGroup::Id": (
        lambda resources, group_id: resources.vpc_of_security_group(group_id) is not None
    ),
}
