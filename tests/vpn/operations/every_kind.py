"""Prepare the sandbox for each kind of operation, so that it has something to do there."""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, Literal
from uuid import uuid4

from pytest_django import Settings

from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import EMPLOYEES, OSAKA, TOKYO
from tests.vpn.operations.asking import Ask, finish, plan
from tests.vpn.operations.certificates import mutual_endpoint, revocation_list
from vpn.authorization_policy import services as policies
from vpn.aws import accounts, deny_list
from vpn.aws.accounts import Account
from vpn.aws.session import dynamodb_client
from vpn.endpoints import services as endpoints
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_kind
from vpn.operation_kinds.endpoint_settings.fields import form_data
from vpn.operations.endpoint_settings import current_settings
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus
from vpn.person_operations import cedar

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

LAB: Final = "192.168.77.0/24"
OFFICE: Final = {"destination_cidr": "192.168.200.0/24", "who": "group", "group_id": EMPLOYEES.id}
TANAKA: Final = "m.tanaka@example.co.jp"
DENY_TABLE: Final = "genkan-deny-list"
PERMIT: Final = "permit(principal, action, resource);\n"
CONDITION: Final = "context.saml.email == {username}"


# What AWS makes anew each time, and what tells when it was made.
IDS: Final = re.compile(
    r"cvpn-(assoc|connection|endpoint)-[0-9a-f]+|[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
)
ANEW: Final = {
    "id",
    "number",
    "created_at",
    "made_at",
    # Policies are evaluated every five minutes, by the clock alone.
    "evaluated_at",
    "evaluation",
    "established_at",
    "ended_at",
    "port",
    "resets",
    "CloudwatchLogStream",
}


@dataclass(frozen=True)
class World:
    """What a kind is prepared with; ``ec2`` is an administrator's way past the portal."""

    architecture: Architecture
    control: Control
    ec2: "EC2Client"
    settings: Settings
    ask: Ask

    @property
    def tokyo(self) -> Endpoint:
        return Endpoint.objects.get(label=TOKYO.label)

    @property
    def subnet(self) -> str:
        return str(self.tokyo.target_networks[0]["subnet_id"])

    def observe(self) -> None:
        self.control.skip(60)
        assert not any(outcome.failures for outcome in endpoints.sync_all())

    def done(self, slug: str, **data: str) -> Operation:
        """It was done before."""
        operation = finish(self.ask(slug, self.tokyo, **data), between=lambda: self.control.skip(60))
        assert operation.status == OperationStatus.SUCCEEDED, (operation.error_id, operation.error_message)
        self.observe()
        return operation

    def connect(self, *places: str) -> None:
        for label in places:
            seed, made = (
                (TOKYO, self.architecture.tokyo) if label == TOKYO.label else (OSAKA, self.architecture.osaka)
            )
            self.control.connect(
                account=seed.account,
                region=seed.region,
                endpoint_id=made.endpoint_id,
                username=TANAKA,
                device_ip="198.51.100.27",
            )
        self.observe()


@dataclass(frozen=True)
class Given:
    """``endpoint`` None: the kind acts on people. ``minutes`` pass between two turns of the worker."""

    slug: str
    endpoint: Endpoint | None
    data: dict[str, str]
    minutes: float = 0.5

    def ask(self, ask: Ask) -> Operation:
        # As the page does it: the last snapshot, not the one from before an operation that has changed the endpoint
        if self.endpoint is not None:
            self.endpoint.refresh_from_db()
        return ask(self.slug, self.endpoint, **self.data)

    @property
    def pause(self) -> timedelta:
        return timedelta(minutes=self.minutes)


@dataclass(frozen=True)
class Start:
    """A kind, about to be given a world in which it has something to do."""

    slug: str
    world: World

    def on_tokyo(self, **data: str) -> Given:
        return Given(self.slug, self.world.tokyo, data)

    def on(self, label: str, **data: str) -> Given:
        return Given(self.slug, Endpoint.objects.get(label=label), data)

    def on_people(self, *, minutes: float = 0.5) -> Given:
        return Given(self.slug, None, {"usernames": TANAKA}, minutes)

    def undoing(self, operation: Operation) -> Given:
        undo = get_kind(operation.kind).undo(operation)
        assert undo is not None
        assert undo.kind == self.slug
        return self.on_tokyo(**undo.data)


def prepare_block(start: Start) -> Given:
    _means(start.world, PERMIT)
    start.world.connect(TOKYO.label, OSAKA.label)
    # Rounds are 2, 5 and 10 minutes after the beginning.
    return start.on_people(minutes=3)


def prepare_unblock(start: Start) -> Given:
    _means(start.world, cedar.forbidding(PERMIT, TANAKA, condition=CONDITION))
    with dynamodb_client(Account("tokyo", TOKYO.region)) as client:
        deny_list.deny(client, table=DENY_TABLE, username=TANAKA, until=None)
    start.world.observe()
    return start.on_people()


def _means(world: World, document: str) -> None:
    """A deny list in Tokyo's account, and an authorization policy there: it is used because nothing asks the list."""
    world.ec2.modify_client_vpn_endpoint(
        ClientVpnEndpointId=world.tokyo.endpoint_id, ClientConnectOptions={"Enabled": False}
    )
    world.settings.VPN_DENY_LIST_TABLE = {"tokyo": DENY_TABLE}
    world.settings.VPN_POLICY_FORBID_WHEN = CONDITION
    world.ec2.modify_client_vpn_endpoint_authorization_policy(
        ClientVpnEndpointId=world.tokyo.endpoint_id, PolicyDocument=document, ShadowMode="disabled"
    )


def prepare_terminate_connection(start: Start) -> Given:
    start.world.connect(TOKYO.label)
    return start.on_tokyo(connection=start.world.tokyo.live_connections.get().connection_id)


def prepare_terminate_person(start: Start) -> Given:
    start.world.connect(TOKYO.label, TOKYO.label, OSAKA.label)
    return start.on_people()


def prepare_import(start: Start) -> Given:
    mutual_endpoint(start.world.ec2, start.world.architecture, revocation_list(1))
    start.world.observe()
    return start.on("mutual", text=revocation_list(1, 2, number=2))


def prepare_export(start: Start) -> Given:
    mutual_endpoint(start.world.ec2, start.world.architecture, revocation_list(1))
    start.world.observe()
    return start.on("mutual")


def prepare_prefix_list(start: Start) -> Given:
    """There is one already, with an entry that goes and one that stays."""
    start.world.ec2.create_managed_prefix_list(
        PrefixListName="vpn",
        AddressFamily="IPv4",
        MaxEntries=5,
        Entries=[{"Cidr": "198.51.100.1/32"}, {"Cidr": "203.0.113.10/32"}],
    )
    return start.on_tokyo(name="vpn", max_entries="5", entries="203.0.113.10/32\n203.0.113.11/32")


def prepare_take_office_route(start: Start) -> Given:
    return start.undoing(start.world.done("give-office-route", **OFFICE))


def prepare_modify(start: Start) -> Given:
    now = form_data(current_settings(start.world.tokyo.settings))
    return start.on_tokyo(**now | {"vpn_port": "1194", "dns_servers": "10.20.0.2"})


def prepare_resume(start: Start) -> Given:
    return start.undoing(start.world.done("pause-endpoint", when="now"))


def prepare_apply_security_groups(start: Start) -> Given:
    made = start.world.ec2.create_security_group(
        GroupName=f"lab-{uuid4()}", Description="A lab's", VpcId=start.world.tokyo.vpc_id
    )
    return start.on_tokyo(security_groups=made["GroupId"])


def prepare_associate(start: Start) -> Given:
    gone = start.world.done("disassociate-target-network", subnet_id=start.world.subnet)
    return start.undoing(gone)


def prepare_policy(start: Start, *, mode: Literal["enabled", "disabled"] | None = None) -> Given:
    """``mode``: of a policy that is there already; None: there is none, and one is written."""
    if mode:
        start.world.ec2.modify_client_vpn_endpoint_authorization_policy(
            ClientVpnEndpointId=start.world.tokyo.endpoint_id, PolicyDocument=PERMIT, ShadowMode=mode
        )
    start.world.observe()
    for account in accounts.configured():
        policies.read_policies(account)
    return start.on_tokyo(**({} if mode else {"document": PERMIT}))


def prepare_copy(start: Start) -> Given:
    form = plan(start.slug, start.world.tokyo).form
    filled = {name: str(form[name].initial or "") for name in form.fields}
    new = {"label": "tokyo-new", "client_cidr_block": "10.30.0.0/22", "subnets": start.world.subnet}
    return start.on_tokyo(**filled | new)


def shown(control: Control) -> Any:
    """Everything that AWS has of Client VPN when whatever was under way is over."""
    control.skip(60)
    return [ordered(described) for described in control.client_vpn()]


def ordered(value: Any) -> Any:
    """Without the order in which AWS lists things, and without what is another each time."""
    if isinstance(value, dict):
        kept = {name: ordered(member) for name, member in value.items() if name not in ANEW}
        return sorted(kept.values(), key=str) if any(IDS.fullmatch(name) for name in kept) else kept
    if isinstance(value, list):
        return sorted((ordered(member) for member in value), key=str)
    return IDS.sub("…", value) if isinstance(value, str) else value
