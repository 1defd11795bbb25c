"""Clicks of other people in AWS's console, as ordinary calls with keys of their own, and the same taken back.

What is changed is read from the control API: whoever takes it back in the portal has mended it, too.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed_network import EVERYWHERE
from sandbox.aws.seed_vpn import log_group_name, seeded_endpoint_id
from sandbox.company import EMPLOYEES, OSAKA, TOKYO, EndpointSeed
from sandbox.network.faults.console_offers import (
    ASSOCIATION_DELETED,
    CONSOLE,
    LOGGING,
    ROUTE,
    RULE,
    SPLIT_TUNNEL,
)
from sandbox.network.faults.fault_target import ActiveFault
from sandbox.network.faults.offers import Offer
from sandbox.network.faults.tokyo_network import client_of

Described = dict[str, Any]
BROWSER: Final = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36"
PRIVATE_SUBNET: Final = f"{OSAKA.label}-private"
GONE: Final = ("deleting", "revoking", "disassociating", "disassociated", "association-failed", "failed")


@dataclass(frozen=True)
class Click:
    """``principal``: arguments of Control.add_principal(). ``is_done`` looks at the endpoint in the control API."""

    offer: Offer
    principal: dict[str, str]
    is_done: Callable[[Described], bool]
    do: Callable[[Any, Described], None]
    take_back: Callable[[Any, Described], None]
    place: EndpointSeed = TOKYO


class Console:
    """Each person has one access key as long as the sandbox runs, as in life."""

    def __init__(self, url: str, control: Control) -> None:
        self._url = url
        self._control = control
        self._keys: dict[str, str] = {}

    def offers(self) -> tuple[Offer, ...]:
        return CONSOLE

    def broken(self) -> list[ActiveFault]:
        endpoints = {endpoint["id"]: endpoint for endpoint in self._control.client_vpn()}
        return [
            ActiveFault(click.offer.id, click.offer)
            for click in CLICKS
            if (described := endpoints.get(seeded_endpoint_id(click.place))) and click.is_done(described)
        ]

    def cause(self, offer: Offer) -> None:
        click = _click(offer.id)
        with self._signed_in(click) as ec2:
            click.do(ec2, self._described(click.place))

    def mend(self, key: str) -> None:
        click = _click(key)
        with self._signed_in(click) as ec2:
            click.take_back(ec2, self._described(click.place))

    @contextmanager
    def _signed_in(self, click: Click) -> Iterator[Any]:
        if click.offer.id not in self._keys:
            principal = {**click.principal, "account": click.place.account}
            self._keys[click.offer.id] = self._control.add_principal(**principal)
        with client_of(self._keys[click.offer.id], "ec2", self._url, region=click.place.region) as ec2:
            yield ec2

    def _described(self, place: EndpointSeed) -> Described:
        wanted = seeded_endpoint_id(place)
        for endpoint in self._control.client_vpn():
            if endpoint["id"] == wanted:
                return endpoint
        raise SandboxError(f"{place.label} is gone.")


def _click(offer_id: str) -> Click:
    return next(click for click in CLICKS if click.offer.id == offer_id)


def _subnets(described: Described) -> list[str]:
    return [row["subnet_id"] for row in _present(described["associations"].values())]


def _present(rows: Any) -> list[Described]:
    return [row for row in rows if row["state"] not in GONE]


def _has_route(described: Described, cidr: str) -> bool:
    return any(route["cidr"] == cidr for route in _present(described["routes"]))


def _has_no_default_route(described: Described) -> bool:
    return bool(_subnets(described)) and not _has_route(described, EVERYWHERE)


def _delete_route(ec2: Any, described: Described) -> None:
    for route in _present(described["routes"]):
        if route["cidr"] == EVERYWHERE:
            ec2.delete_client_vpn_route(
                ClientVpnEndpointId=described["id"],
                DestinationCidrBlock=EVERYWHERE,
                TargetVpcSubnetId=route["subnet_id"],
            )


def _create_route(ec2: Any, described: Described) -> None:
    for subnet in _subnets(described):
        ec2.create_client_vpn_route(
            ClientVpnEndpointId=described["id"], DestinationCidrBlock=EVERYWHERE, TargetVpcSubnetId=subnet
        )


def _has_no_rule(described: Described) -> bool:
    return not any(
        (rule["cidr"], rule["group_id"]) == (EVERYWHERE, EMPLOYEES.id)
        for rule in _present(described["rules"])
    )


def _revoke(ec2: Any, described: Described) -> None:
    ec2.revoke_client_vpn_ingress(
        ClientVpnEndpointId=described["id"], TargetNetworkCidr=EVERYWHERE, AccessGroupId=EMPLOYEES.id
    )


def _authorize(ec2: Any, described: Described) -> None:
    ec2.authorize_client_vpn_ingress(
        ClientVpnEndpointId=described["id"],
        TargetNetworkCidr=EVERYWHERE,
        AccessGroupId=EMPLOYEES.id,
        Description="Employees to the internet",
    )


def _logs_nothing(described: Described) -> bool:
    return not described["settings"]["ConnectionLogOptions"].get("Enabled")


def _set_logging(*, enabled: bool) -> Callable[[Any, Described], None]:
    options = {"CloudwatchLogGroup": log_group_name(TOKYO)} if enabled else {}

    def set_logging(ec2: Any, described: Described) -> None:
        ec2.modify_client_vpn_endpoint(
            ClientVpnEndpointId=described["id"], ConnectionLogOptions={"Enabled": enabled, **options}
        )

    return set_logging


def _splits(described: Described) -> bool:
    return bool(described["settings"]["SplitTunnel"])


def _set_split_tunnel(*, enabled: bool) -> Callable[[Any, Described], None]:
    def set_split_tunnel(ec2: Any, described: Described) -> None:
        ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=described["id"], SplitTunnel=enabled)

    return set_split_tunnel


def _has_no_subnet(described: Described) -> bool:
    return not _subnets(described)


def _disassociate(ec2: Any, described: Described) -> None:
    for association in _present(described["associations"].values()):
        ec2.disassociate_client_vpn_target_network(
            ClientVpnEndpointId=described["id"], AssociationId=association["id"]
        )


def _associate(ec2: Any, described: Described) -> None:
    name = {"Name": "tag:Name", "Values": [PRIVATE_SUBNET]}
    subnet = ec2.describe_subnets(Filters=[name])["Subnets"][0]["SubnetId"]
    ec2.associate_client_vpn_target_network(ClientVpnEndpointId=described["id"], SubnetId=subnet)


CLICKS: Final = (
    Click(
        ROUTE,
        {
            "kind": "role",
            "name": "NetworkAdmins",
            "session": "h.yamada@example.co.jp",
            "source_ip": "198.51.100.200",
            "user_agent": BROWSER,
        },
        _has_no_default_route,
        _delete_route,
        _create_route,
    ),
    Click(
        RULE,
        {"kind": "user", "name": "netops.ito", "source_ip": "192.0.2.10", "user_agent": BROWSER},
        _has_no_rule,
        _revoke,
        _authorize,
    ),
    Click(
        LOGGING,
        {"kind": "root", "name": "root", "source_ip": "203.0.113.77", "user_agent": BROWSER},
        _logs_nothing,
        _set_logging(enabled=False),
        _set_logging(enabled=True),
    ),
    Click(
        SPLIT_TUNNEL,
        {
            "kind": "role",
            "name": "DeployPipeline",
            "session": "deploy-4711",
            "invoked_by": "cloudformation.amazonaws.com",
        },
        _splits,
        _set_split_tunnel(enabled=True),
        _set_split_tunnel(enabled=False),
    ),
    Click(
        ASSOCIATION_DELETED,
        {
            "kind": "role",
            "name": "Contractor",
            "session": "j.schaefer@partner.example",
            "source_ip": "203.0.113.155",
            "user_agent": BROWSER,
        },
        _has_no_subnet,
        _disassociate,
        _associate,
        OSAKA,
    ),
)
