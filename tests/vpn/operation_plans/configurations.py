"""The seed architecture's endpoint as a state, with two subnets, and some people."""

from dataclasses import replace
from typing import Any

from sandbox.company import EMPLOYEES, ENGINEERING, OFFICE_LAN, TOKYO
from vpn.aws.snapshots import AuthorizationRule, Route
from vpn.operation_plans.access import AccessPerson
from vpn.operation_plans.configuration import EndpointConfiguration
from vpn.operation_plans.consequences import Consequence, ConsequenceId

A, C = "subnet-a", "subnet-c"
EVERYWHERE = "0.0.0.0/0"


def rule(destination: str, group: str = "") -> AuthorizationRule:
    return AuthorizationRule(destination, group, not group, "", "active")


def route(destination: str, subnet: str, origin: str = "add-route") -> Route:
    return Route(destination, subnet, origin, "active")


TOKYO_STATE = EndpointConfiguration(
    rules=(rule(TOKYO.vpc_cidr), rule(EVERYWHERE, EMPLOYEES.id), rule(OFFICE_LAN, ENGINEERING.id)),
    routes=tuple(
        row
        for subnet in (A, C)
        for row in (
            route(TOKYO.vpc_cidr, subnet, "associate"),
            route(EVERYWHERE, subnet),
            route(OFFICE_LAN, subnet),
        )
    ),
    subnets=(A, C),
    dns_name="cvpn-endpoint-0a.prod.clientvpn.ap-northeast-1.amazonaws.com",
    server_certificate_arn="arn:one",
    egress={A: ("203.0.113.10",), C: ("203.0.113.11",)},
)
MISAKI = AccessPerson("m.tanaka@example.co.jp", "田中 美咲", frozenset({EMPLOYEES.id}))
LIAM = AccessPerson("l.obrien@example.co.jp", "Liam O'Brien", frozenset({EMPLOYEES.id, ENGINEERING.id}))
NOBODY = AccessPerson("z.muller@example.co.jp", "Zoë Müller", frozenset())
PEOPLE = (MISAKI, LIAM, NOBODY)
# Three who connected lately; the portal knows two of them.
RECENT = frozenset({MISAKI.username, LIAM.username, "contractor@example.org"})


def changed(**changes: Any) -> EndpointConfiguration:
    return replace(TOKYO_STATE, **changes)


def ids(findings: tuple[Consequence, ...]) -> list[ConsequenceId]:
    return [finding.id for finding in findings]
