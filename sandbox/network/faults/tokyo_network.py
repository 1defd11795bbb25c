"""What stands in the Tokyo Region: the NAT gateway of tokyo-main, and the line to the office with its two tunnels.

It is looked at and rebuilt as an administrator would, by calls to AWS, so AWS's faults hit these calls too. While
they do, what was seen last counts.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed import ACCESS_KEY, SECRET_KEY
from sandbox.aws.seed_network import EVERYWHERE, Finder, ensure_network
from sandbox.company import TOKYO
from sandbox.network.faults.catalogue import NAT_GATEWAY, OFFICE_LINE, ONE_TUNNEL
from sandbox.network.faults.fault_target import ActiveFault
from sandbox.network.faults.offers import Offer

# Somebody waits for the page, and knows that AWS is broken: they broke it.
CONFIG: Final = Config(connect_timeout=2, read_timeout=2, retries={"total_max_attempts": 1})
NAT_NAME: Final = f"{TOKYO.label}-nat"
LINE_NAME: Final = f"{TOKYO.label}-office"


@dataclass(frozen=True)
class TokyoState:
    """``tunnels`` are those of the line to the office by their outside address: whether each is up."""

    line: str
    tunnels: dict[str, bool]
    nat_gateways: tuple[str, ...]

    @property
    def broken(self) -> list[Offer]:
        down = list(self.tunnels.values()).count(False)
        offers = [] if self.nat_gateways else [NAT_GATEWAY]
        if down:
            offers.append(ONE_TUNNEL if down < len(self.tunnels) else OFFICE_LINE)
        return offers


class TokyoNetwork:
    def __init__(self, url: str, control: Control) -> None:
        self._url = url
        self._control = control
        self._last: TokyoState | None = None

    def offers(self) -> tuple[Offer, ...]:
        return (NAT_GATEWAY, ONE_TUNNEL, OFFICE_LINE)

    def broken(self) -> list[ActiveFault]:
        try:
            seen: TokyoState | None = self._look()
        except SandboxError:
            seen = self._last
        return [ActiveFault(offer.id, offer) for offer in seen.broken] if seen else []

    def cause(self, offer: Offer) -> None:
        if offer == NAT_GATEWAY:
            self._delete_nat_gateway()
            return
        self._switch_tunnels("UP")
        self._switch_tunnels("DOWN", first_only=offer == ONE_TUNNEL)

    def mend(self, key: str) -> None:
        if key == NAT_GATEWAY.id:
            self._build_nat_gateway()
        else:
            self._switch_tunnels("UP")

    def _look(self) -> TokyoState:
        with self._administrator() as ec2:
            line = next(
                connection
                for connection in ec2.describe_vpn_connections()["VpnConnections"]
                if _is(connection, LINE_NAME)
            )
            self._last = TokyoState(
                line=line["VpnConnectionId"],
                tunnels={
                    tunnel["OutsideIpAddress"]: tunnel["Status"] == "UP" for tunnel in line["VgwTelemetry"]
                },
                nat_gateways=tuple(
                    nat_gateway["NatGatewayId"]
                    for nat_gateway in _nat_gateways(ec2)
                    if _is_there(nat_gateway)
                ),
            )
            return self._last

    def _switch_tunnels(self, status: str, *, first_only: bool = False) -> None:
        """By the control API, which works whatever AWS suffers."""
        seen = self._last or self._look()
        self._control.set_tunnels(
            account=TOKYO.account,
            region=TOKYO.region,
            vpn_connection_id=seen.line,
            status=status,
            outside_ip=next(iter(seen.tunnels)) if first_only else "",
        )
        # Remembered without asking AWS again, whose answers may be broken at the moment.
        now = {ip: status == "UP" or (first_only and n > 0) for n, ip in enumerate(seen.tunnels)}
        self._last = TokyoState(seen.line, now, seen.nat_gateways)

    def _delete_nat_gateway(self) -> None:
        with self._administrator() as ec2:
            for nat_gateway in filter(_is_there, _nat_gateways(ec2)):
                ec2.delete_nat_gateway(NatGatewayId=nat_gateway["NatGatewayId"])

    def _build_nat_gateway(self) -> None:
        """As the seed does, once those that are gone have given up the name that it looks for."""
        with self._administrator() as ec2:
            gone = [
                nat_gateway["NatGatewayId"]
                for nat_gateway in _nat_gateways(ec2)
                if not _is_there(nat_gateway)
            ]
            if gone:
                ec2.delete_tags(Resources=gone, Tags=[{"Key": "Name"}])
            network = ensure_network(Finder(ec2), TOKYO)
            ec2.replace_route(
                RouteTableId=network.private_route_table_id,
                DestinationCidrBlock=EVERYWHERE,
                NatGatewayId=network.nat_gateway_id,
            )

    def _administrator(self) -> AbstractContextManager[Any]:
        return administrator("ec2", self._url)


@contextmanager
def administrator(service: str, url: str) -> Iterator[Any]:
    """Calls of somebody who may do everything; SandboxError where AWS doesn't do it."""
    with client_of(ACCESS_KEY, service, url) as client:
        yield client


@contextmanager
def client_of(access_key: str, service: str, url: str, *, region: str = TOKYO.region) -> Iterator[Any]:
    """Calls with this access key; SandboxError where AWS doesn't do it."""
    session: Any = _session(access_key)
    client = session.client(service, endpoint_url=url, region_name=region, config=CONFIG)
    try:
        yield client
    except (BotoCoreError, ClientError) as error:
        raise SandboxError(str(error)) from error
    except (ResponseParserError, KeyError) as error:
        # The former quotes all of the answer, which nobody wants to read; botocore takes half of a JSON answer for an
        # empty one, in which every member is missing.
        raise SandboxError("An answer of AWS's breaks off.") from error
    finally:
        client.close()


@cache
def _session(access_key: str) -> boto3.session.Session:
    return boto3.session.Session(access_key, SECRET_KEY)


def _nat_gateways(ec2: Any) -> list[Any]:
    return [
        nat_gateway
        for nat_gateway in ec2.describe_nat_gateways()["NatGateways"]
        if _is(nat_gateway, NAT_NAME)
    ]


def _is(described: Any, name: str) -> bool:
    return {"Key": "Name", "Value": name} in described.get("Tags", ())


def _is_there(nat_gateway: Any) -> bool:
    return nat_gateway["State"] in {"pending", "available"}
