"""The values of a template's parameters, checked before anything is made (user guide, "Parameters")."""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.aws.account_resources import AccountResources
from sandbox.aws.cloudformation.template import Scope, Template, invalid
from sandbox.aws.errors import AwsError


def parameter_scope(
    template: Template,
    given: Mapping[str, str],
    *,
    pseudo: Mapping[str, str],
    resources: AccountResources,
) -> Scope:
    """What conditions and rules see. Raises AwsError (ValidationError) for a value that the template refuses."""
    unknown = given.keys() - template.parameters.keys()
    if unknown:
        raise invalid(f"Parameters: [{', '.join(sorted(unknown))}] do not exist in the template")
    defaults = {name: p["Default"] for name, p in template.parameters.items() if "Default" in p}
    absent = template.parameters.keys() - defaults.keys() - given.keys()
    if absent:
        raise invalid(f"Parameters: [{', '.join(sorted(absent))}] must have values")
    values = {
        name: _value(name, declaration, str(given.get(name, defaults.get(name))), resources)
        for name, declaration in template.parameters.items()
    }
    return Scope({**pseudo, **values})


def _value(name: str, declaration: Mapping[str, Any], text: str, resources: AccountResources) -> Any:
    kind = str(declaration.get("Type", "String"))
    is_list = kind == "CommaDelimitedList" or kind.startswith("List<")
    values = [part.strip() for part in text.split(",")] if is_list else [text]
    for value in values if text or not is_list else ():
        _check(name, declaration, value)
        exists = EXISTING.get(kind.removeprefix("List<").removesuffix(">"))
        if exists and not exists(resources, value):
            raise invalid(f"Parameter validation failed: parameter value {value} for {name} does not exist")
    return (values if text else []) if is_list else text


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
