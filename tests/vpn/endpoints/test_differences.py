"""What counts as a change between two snapshots, and what doesn't."""

from dataclasses import replace
from typing import Any

import pytest
from django.utils import timezone

from vpn.endpoints.differences import ComparedState, Difference, find_differences
from vpn.endpoints.models import ChangedPart

LOG = {"Enabled": True, "CloudwatchLogGroup": "/vpn"}
NETWORK = {
    "association_id": "cvpn-assoc-1",
    "subnet_id": "subnet-1",
    "status": "associated",
    "security_groups": [],
}
ROUTE = {
    "destination_cidr": "0.0.0.0/0",
    "target_subnet": "subnet-1",
    "origin": "add-route",
    "status": "active",
    "description": "",
}
RULE = {"destination_cidr": "10.0.0.0/8", "group_id": "", "status": "active", "description": ""}
EGRESS = {"subnet_id": "subnet-1", "via": "nat-1", "addresses": ["203.0.113.10"], "reasons": []}
BEFORE = ComparedState(
    seen_at=timezone.now(),
    setting_names=frozenset(
        {"SplitTunnel", "ConnectionLogOptions", "SecurityGroupIds", "ClientConnectOptions"}
    ),
    settings={
        "SplitTunnel": False,
        "ConnectionLogOptions": LOG,
        "SecurityGroupIds": ["sg-1", "sg-2"],
        "ClientConnectOptions": {"Enabled": True, "LambdaFunctionArn": "f", "Status": {"Code": "applying"}},
    },
    tags={"Name": "tokyo"},
    target_networks=[NETWORK],
    authorization_rules=[RULE],
    routes=[ROUTE],
    egress=[EGRESS],
)


def differences(**changes: Any) -> list[Difference]:
    return find_differences(BEFORE, replace(BEFORE, **changes))


def settings(**changes: Any) -> dict[str, Any]:
    return {"settings": BEFORE.settings | changes}


@pytest.mark.parametrize(
    "same",
    [
        {"target_networks": [NETWORK | {"status": "associating", "message": "wait"}]},
        {
            "routes": [
                ROUTE | {"status": "creating"},
                ROUTE | {"origin": "associate", "destination_cidr": "10.0.0.0/16"},
            ]
        },
        {"authorization_rules": [RULE | {"status": "authorizing", "a field of another version": 1}]},
        # Asked for and failed before anybody looked: nothing is other than it was.
        {"target_networks": [NETWORK, NETWORK | {"association_id": "2", "status": "association-failed"}]},
        settings(SecurityGroupIds=["sg-2", "sg-1"]),
        settings(
            ClientConnectOptions={"Enabled": True, "LambdaFunctionArn": "f", "Status": {"Code": "applied"}}
        ),
        # Whoever names no stream gets one that AWS names, and a switch that is off is as good as none.
        settings(ConnectionLogOptions=LOG | {"CloudwatchLogStream": "cvpn-endpoint-1-2026", "New": False}),
        settings(ClientLoginBannerOptions={"Enabled": False}),
        {"egress": [EGRESS | {"addresses": [], "via": "", "reasons": ["not-associated"]}]},
        {"egress": [EGRESS | {"reasons": ["split-tunnel", "no-authorization-rule"]}]},
    ],
)
def test_what_aws_does_by_itself_is_no_change(same: dict[str, Any]) -> None:
    assert differences(**same) == []


def test_what_the_portal_had_not_read_before_is_no_change() -> None:
    more = BEFORE.setting_names | {"VpnPort"}
    assert differences(setting_names=more, settings=BEFORE.settings | {"VpnPort": 1194}) == []


@pytest.mark.parametrize(
    ("changed", "part", "subject"),
    [
        (settings(SplitTunnel=True), ChangedPart.SETTING, "SplitTunnel"),
        (settings(ConnectionLogOptions={"Enabled": False}), ChangedPart.SETTING, "ConnectionLogOptions"),
        ({"tags": {}}, ChangedPart.TAG, "Name"),
        ({"routes": [ROUTE | {"status": "deleting"}]}, ChangedPart.ROUTE, "0.0.0.0/0 subnet-1"),
        ({"authorization_rules": []}, ChangedPart.RULE, "10.0.0.0/8"),
        ({"authorization_rules": [RULE | {"description": "x"}]}, ChangedPart.RULE, "10.0.0.0/8"),
        ({"target_networks": [NETWORK | {"security_groups": ["sg-9"]}]}, ChangedPart.NETWORK, "cvpn-assoc-1"),
        ({"egress": [EGRESS | {"via": "nat-2"}]}, ChangedPart.EGRESS, "subnet-1"),
    ],
)
def test_each_part_is_compared(changed: dict[str, Any], part: ChangedPart, subject: str) -> None:
    (difference,) = differences(**changed)
    assert (difference.part, difference.subject, difference.by_aws) == (part, subject, False)


def test_what_aws_could_not_do_is_its_own() -> None:
    was = NETWORK | {"status": "associating"}
    before = replace(BEFORE, target_networks=[was])
    (difference,) = find_differences(
        before, replace(before, target_networks=[NETWORK | {"status": "association-failed"}])
    )
    assert (difference.by_aws, difference.after["status"]) == (True, "association-failed")
    # Once it has failed, it was never there: that AWS lists it no more is nothing new.
    assert (
        find_differences(
            replace(before, target_networks=[difference.after]), replace(before, target_networks=[])
        )
        == []
    )


def test_with_the_first_and_the_last_association_aws_sets_the_vpc_itself() -> None:
    settings = {"VpcId": "vpc-1", "SecurityGroupIds": ["sg-1"]}
    bound = replace(BEFORE, setting_names=frozenset(settings), settings=settings)
    free = replace(bound, settings={}, target_networks=[])
    for before, after in ((bound, free), (free, bound)):
        assert [difference.part for difference in find_differences(before, after)] == [ChangedPart.NETWORK]
    # AWS may be late with it.
    assert find_differences(replace(free, settings=settings), free) == []
    other = replace(free, settings=settings | {"SecurityGroupIds": ["sg-2"]})
    (difference,) = find_differences(replace(free, settings=settings), other)
    assert difference.subject == "SecurityGroupIds"
