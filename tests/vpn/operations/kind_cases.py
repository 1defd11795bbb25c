"""A case for each kind of operation. A kind without one fails the tests; a new kind needs no other table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from sandbox.company import EMPLOYEES, ENGINEERING
from tests.vpn.operations.every_kind import (
    LAB,
    OFFICE,
    PERMIT,
    Given,
    Start,
    World,
    prepare_apply_security_groups,
    prepare_associate,
    prepare_block,
    prepare_copy,
    prepare_export,
    prepare_import,
    prepare_modify,
    prepare_policy,
    prepare_prefix_list,
    prepare_resume,
    prepare_take_office_route,
    prepare_terminate_connection,
    prepare_terminate_person,
    prepare_unblock,
)
from vpn.operation_plans.consequences import Topic

A, B, C, D = (f"subnet-0{letter}1b2c3d" for letter in "abcd")
CONNECTIONS, ACCESS, INTERNET, PROFILES, ROUTES, RECORD, QUOTAS, COST = Topic

PERSON: Final = {"usernames": "m.tanaka@example.co.jp"}
RULE: Final = {"destination_cidr": "172.16.0.0/16", "who": "group", "group_id": ENGINEERING.id}


@dataclass(frozen=True)
class KindCase:
    """``prepare`` gives it something to do in the sandbox: test_every_crash.py breaks it there at each AWS call.

    The rest is about its plan on an endpoint in the database (test_plan_lines.py): with the form filled in as ``data``
    it has checks on ``topics``. ``disconnects``: everybody who is connected. ``reads_only``: it changes nothing, so
    there is nothing to undo.
    """

    prepare: Callable[[Start], Given]
    data: dict[str, str]
    topics: set[Topic]
    disconnects: bool = False
    reads_only: bool = False


KIND_CASES: Final = {
    "block-person": KindCase(prepare_block, PERSON, {ACCESS, PROFILES, COST}, disconnects=True),
    "unblock-person": KindCase(prepare_unblock, PERSON, {ACCESS, PROFILES}),
    "terminate-connection": KindCase(
        prepare_terminate_connection,
        {"connection": "cvpn-connection-0"},
        {ACCESS, PROFILES, COST},
        disconnects=True,
    ),
    "terminate-person": KindCase(
        prepare_terminate_person, PERSON, {ACCESS, PROFILES, COST}, disconnects=True
    ),
    "import-revocation-list": KindCase(
        prepare_import, {"text": "PEM"}, {CONNECTIONS, ACCESS, INTERNET, PROFILES, QUOTAS}, disconnects=True
    ),
    "export-revocation-list": KindCase(prepare_export, {}, set(), reads_only=True),
    "give-office-route": KindCase(
        lambda start: start.on_tokyo(**OFFICE),
        {**RULE, "description": "office"},
        {CONNECTIONS, ACCESS, INTERNET, PROFILES, ROUTES, QUOTAS},
        disconnects=True,
    ),
    "take-office-route": KindCase(
        prepare_take_office_route,
        {"destination_cidr": "192.168.9.0/24", "subnets": A, "rule": "on", "group_id": ENGINEERING.id},
        {CONNECTIONS, ACCESS, INTERNET, PROFILES, ROUTES},
        disconnects=True,
    ),
    "authorize-ingress": KindCase(
        lambda start: start.on_tokyo(**{**OFFICE, "destination_cidr": LAB}),
        RULE,
        {CONNECTIONS, ACCESS, INTERNET, PROFILES, ROUTES, QUOTAS},
        disconnects=True,
    ),
    "revoke-ingress": KindCase(
        lambda start: start.on_tokyo(rule=f"0.0.0.0/0 {EMPLOYEES.id}"),
        {"rule": f"192.168.9.0/24 {ENGINEERING.id}"},
        {CONNECTIONS, ACCESS, INTERNET, PROFILES, ROUTES},
        disconnects=True,
    ),
    "create-route": KindCase(
        lambda start: start.on_tokyo(destination_cidr=LAB, target_subnet=start.world.subnet),
        {"destination_cidr": "172.16.0.0/16", "target_subnet": A},
        {CONNECTIONS, INTERNET, PROFILES, ROUTES, QUOTAS},
    ),
    "delete-route": KindCase(
        lambda start: start.on_tokyo(route=f"0.0.0.0/0 {start.world.subnet}"),
        {"route": f"192.168.9.0/24 {A}"},
        {CONNECTIONS, INTERNET, PROFILES, ROUTES},
    ),
    "modify-policy": KindCase(
        prepare_policy, {"document": PERMIT, "description": "new"}, {CONNECTIONS, PROFILES, RECORD}
    ),
    "enforce-policy": KindCase(
        lambda start: prepare_policy(start, mode="enabled"),
        {},
        {CONNECTIONS, ACCESS, PROFILES},
        disconnects=True,
    ),
    "delete-policy": KindCase(
        lambda start: prepare_policy(start, mode="disabled"), {}, {CONNECTIONS, PROFILES}
    ),
    "modify-endpoint": KindCase(
        prepare_modify, {"split_tunnel": "true"}, {CONNECTIONS, INTERNET, PROFILES, COST}, disconnects=True
    ),
    "pause-endpoint": KindCase(
        lambda start: start.on_tokyo(when="now"),
        {"when": "now"},
        {CONNECTIONS, ACCESS, PROFILES, COST},
        disconnects=True,
    ),
    "resume-endpoint": KindCase(
        prepare_resume, {}, {CONNECTIONS, ACCESS, INTERNET, PROFILES, ROUTES, QUOTAS, COST}
    ),
    "apply-security-groups": KindCase(
        prepare_apply_security_groups,
        {"security_groups": "sg-0a1b2c3d\nsg-0b1b2c3d"},
        {CONNECTIONS, ACCESS, INTERNET, PROFILES, QUOTAS},
    ),
    "associate-target-network": KindCase(
        prepare_associate,
        {"subnet_id": D, "routes": "0.0.0.0/0"},
        {CONNECTIONS, INTERNET, PROFILES, ROUTES, QUOTAS, COST},
    ),
    "disassociate-target-network": KindCase(
        lambda start: start.on_tokyo(subnet_id=start.world.subnet),
        {"subnet_id": C},
        {CONNECTIONS, INTERNET, PROFILES, ROUTES, QUOTAS, COST},
    ),
    "sync-prefix-list": KindCase(
        prepare_prefix_list,
        {"name": "vpn", "max_entries": "10", "entries": "203.0.113.10/32"},
        {INTERNET, PROFILES},
    ),
    "copy-endpoint": KindCase(
        prepare_copy,
        {"label": "tokyo-2", "client_cidr_block": "10.30.0.0/22", "subnets": f"{A}\n{C}"},
        {CONNECTIONS, ACCESS, INTERNET, PROFILES, ROUTES, RECORD, QUOTAS, COST},
    ),
    "delete-endpoint": KindCase(
        lambda start: start.on_tokyo(), {}, {CONNECTIONS, PROFILES, QUOTAS, COST}, disconnects=True
    ),
    "refresh-snapshots": KindCase(lambda start: start.on_tokyo(), {}, set(), reads_only=True),
}


def prepared(slug: str, world: World) -> Given:
    """Raises KeyError for a kind without a case."""
    return KIND_CASES[slug].prepare(Start(slug, world))
