"""A template: its parameters, rules and conditions, and the values of its intrinsic functions.

CloudFormation user guide, "Template reference".
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from ipaddress import ip_network
from itertools import islice
from typing import Any, Final

import yaml

from sandbox.aws.errors import AwsError, not_modelled

SUBSTITUTION: Final = re.compile(r"\$\{(!?)([^}]+)\}")
NOTHING: Final = "AWS::NoValue"


class TemplateLoader(yaml.SafeLoader):
    """YAML with the short forms of the intrinsic functions; dates stay texts, as in ``Version: 2012-10-17``."""


TemplateLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def _short_form(loader: TemplateLoader, suffix: str, node: yaml.Node) -> dict[str, Any]:
    if isinstance(node, yaml.ScalarNode):
        value: Any = loader.construct_scalar(node)
    elif isinstance(node, yaml.SequenceNode):
        value = loader.construct_sequence(node, deep=True)
    else:
        value = loader.construct_mapping(node, deep=True)  # type: ignore[arg-type]
    if suffix == "GetAtt" and isinstance(value, str):
        value = value.split(".", 1)
    return {suffix if suffix in {"Ref", "Condition"} else f"Fn::{suffix}": value}


TemplateLoader.add_multi_constructor("!", _short_form)


def invalid(message: str) -> AwsError:
    return AwsError("ValidationError", message)


@dataclass(frozen=True)
class Scope:
    """What Ref and GetAtt can name in one stack: parameters and pseudo parameters, and resources that exist."""

    parameters: Mapping[str, Any]
    refs: Mapping[str, str] = field(default_factory=dict)
    attributes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def ref(self, name: str) -> Any:
        if name == NOTHING:
            return None
        for values in (self.parameters, self.refs):
            if name in values:
                return values[name]
        raise invalid(f"Template format error: Unresolved resource dependencies [{name}] in the template")

    def attribute(self, name: str, attribute: str) -> Any:
        attributes = self.attributes.get(name)
        if attributes is None:
            raise invalid(f"Template error: instance of Fn::GetAtt references undefined resource {name}")
        if attribute not in attributes:
            raise invalid(f"Template error: resource {name} does not support attribute type {attribute}")
        return attributes[attribute]


class Template:
    """One template's text. Raises AwsError (ValidationError) for one that CloudFormation wouldn't take."""

    def __init__(self, body: str) -> None:
        try:
            document = yaml.load(body, TemplateLoader)  # noqa: S506  # a SafeLoader
        except yaml.YAMLError as error:
            raise invalid(f"Template format error: YAML not well-formed. {error}") from error
        if not isinstance(document, dict) or not document.get("Resources"):
            raise invalid("Template format error: At least one Resources member must be defined.")
        self.document: dict[str, Any] = document
        self.resources: dict[str, dict[str, Any]] = document["Resources"]
        self.parameters: dict[str, dict[str, Any]] = document.get("Parameters") or {}
        self.outputs: dict[str, dict[str, Any]] = document.get("Outputs") or {}
        self.conditions: dict[str, Any] = document.get("Conditions") or {}

    def wanted(self, scope: Scope) -> dict[str, dict[str, Any]]:
        """The resources whose condition holds."""
        return {
            name: definition
            for name, definition in self.resources.items()
            if "Condition" not in definition or self.holds(definition["Condition"], scope)
        }

    def dependencies(self, name: str) -> frozenset[str]:
        """The other resources that a resource names."""
        definition = self.resources[name]
        given = definition.get("DependsOn") or []
        names = {given} if isinstance(given, str) else set(given)
        return frozenset((names | set(_names(definition.get("Properties")))) & self.resources.keys() - {name})

    def holds(self, condition: str, scope: Scope) -> bool:
        if condition not in self.conditions:
            raise invalid(f"Template format error: Unresolved condition dependency {condition}")
        return truth(self.resolve(self.conditions[condition], scope))

    def check_rules(self, scope: Scope) -> None:
        """User guide, "Rules": what they assert of the parameters, before anything is made."""
        failures = [
            assertion.get("AssertDescription", name)
            for name, rule in (self.document.get("Rules") or {}).items()
            if "RuleCondition" not in rule or truth(self.resolve(rule["RuleCondition"], scope))
            for assertion in rule["Assertions"]
            if not truth(self.resolve(assertion["Assert"], scope))
        ]
        if failures:
            raise invalid(f"Template validation error: {'; '.join(failures)}")

    def resolve(self, value: Any, scope: Scope) -> Any:
        """``value`` without intrinsic functions; members that are AWS::NoValue are left out."""
        if isinstance(value, list):
            return [item for item in (self.resolve(item, scope) for item in value) if item is not None]
        if not isinstance(value, dict):
            return value
        if len(value) == 1:
            ((name, argument),) = value.items()
            if name == "Ref":
                return scope.ref(argument)
            if name == "Condition" and isinstance(argument, str) and argument in self.conditions:
                return self.holds(argument, scope)
            if name.startswith("Fn::"):
                return self._call(name.removeprefix("Fn::"), argument, scope)
        members = {key: self.resolve(item, scope) for key, item in value.items()}
        return {key: item for key, item in members.items() if item is not None}

    def _call(self, name: str, argument: Any, scope: Scope) -> Any:
        if name == "If":
            condition, then, otherwise = argument
            return self.resolve(then if self.holds(condition, scope) else otherwise, scope)
        if name == "GetAtt":
            return scope.attribute(argument[0], ".".join(argument[1:]))
        if name == "Sub":
            return self._substitute(argument, scope)
        if name == "FindInMap":
            first, *keys = self.resolve(argument, scope)
            value = self.document["Mappings"][first]
            for key in keys:
                value = value[key]
            return value
        if name not in FUNCTIONS:
            raise not_modelled(f"CloudFormation's Fn::{name}")
        return FUNCTIONS[name](self.resolve(argument, scope))

    def _substitute(self, argument: Any, scope: Scope) -> str:
        text, given = (argument, {}) if isinstance(argument, str) else argument
        own = {key: self.resolve(value, scope) for key, value in given.items()}

        def replacement(match: re.Match[str]) -> str:
            literal, name = match.groups()
            if literal:
                return f"${{{name}}}"
            if name in own:
                return str(own[name])
            resource, _, attribute = name.partition(".")
            return str(scope.attribute(resource, attribute) if attribute else scope.ref(name))

        return SUBSTITUTION.sub(replacement, text)


def _names(value: Any) -> Iterator[str]:
    """What Ref, GetAtt and Sub name, on either side of an If: more order than AWS needs does no harm."""
    if isinstance(value, list):
        for item in value:
            yield from _names(item)
    if not isinstance(value, dict):
        return
    for key, item in value.items():
        if key == "Ref":
            yield item
        elif key == "Fn::GetAtt":
            yield item[0]
        elif key == "Fn::Sub":
            text, given = (item, {}) if isinstance(item, str) else item
            yield from (name.partition(".")[0] for _, name in SUBSTITUTION.findall(text))
            yield from _names(given)
        else:
            yield from _names(item)


def truth(value: Any) -> bool:
    return value is True or str(value).lower() == "true"


def _same(values: list[Any]) -> bool:
    first, second = (str(v).lower() if isinstance(v, bool) else str(v) for v in values)
    return first == second


def _cidr(arguments: list[Any]) -> list[str]:
    """Fn::Cidr: [block, count, host bits]."""
    block, count, bits = arguments[0], int(arguments[1]), int(arguments[2])
    network = ip_network(block)
    prefix = network.max_prefixlen - bits
    blocks = list(islice(network.subnets(new_prefix=prefix), count)) if prefix >= network.prefixlen else []
    if len(blocks) < count:
        raise invalid(f"Template error: every Fn::Cidr object must fit into its block; {block} is too small")
    return [str(block) for block in blocks]


def _select(arguments: list[Any]) -> Any:
    index, values = int(arguments[0]), arguments[1]
    if index >= len(values):
        raise invalid(f"Template error: Fn::Select cannot select nonexistent value at index {index}")
    return values[index]


FUNCTIONS: Final[dict[str, Callable[[Any], Any]]] = {
    "And": lambda values: all(map(truth, values)),
    "Or": lambda values: any(map(truth, values)),
    "Not": lambda values: not truth(values[0]),
    "Equals": _same,
    "Contains": lambda values: str(values[1]) in map(str, values[0]),
    "EachMemberIn": lambda values: set(map(str, values[0])) <= set(map(str, values[1])),
    "EachMemberEquals": lambda values: all(str(value) == str(values[1]) for value in values[0]),
    "Join": lambda values: values[0].join(map(str, values[1])),
    "Split": lambda values: values[1].split(values[0]),
    "Select": _select,
    "Cidr": _cidr,
    "ToJsonString": partial(json.dumps, separators=(",", ":")),
}
