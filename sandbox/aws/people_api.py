"""The part of the control API that plays people: connections, attempts, their past, and how the log tells of them."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from sandbox.aws import attempts, connections, moto_adapter
from sandbox.aws.advance_time import advance
from sandbox.aws.connect_handler import FAULTS, Invocation
from sandbox.aws.connection_log import FAILED, STYLE_NAMES, UNLOGGED_REASONS, WAITING
from sandbox.aws.device_posture import PROVIDERS, TOKEN_FAILURES, set_tokens
from sandbox.aws.errors import AwsError, endpoint_not_found, invalid, no_active_association
from sandbox.aws.history import replay
from sandbox.aws.records import CLIENT_VERSION, Caller, Connection, Endpoint
from sandbox.aws.world import WORLD, Region

RATES: Final = ("duplicates", "late", "shuffled", "malformed", "unknown_fields")


class PeopleApi:
    """Each method answers one route with something JSON can hold; the world's lock is held."""

    def connect(
        self,
        *,
        account: str,
        region: str,
        endpoint_id: str,
        username: str,
        device_ip: str,
        device_type: str = "mac",
        client_version: str = CLIENT_VERSION,
        groups: Sequence[str] = (),
        tokens: Mapping[str, Any] | None = None,
        platform_version: str = "",
        attempt_id: str = "",
    ) -> dict[str, Any]:
        """What the endpoint's client connect handler refuses is an error with AWS's reason and the person's message."""
        where, endpoint = _open_endpoint(account, region, endpoint_id)
        devices = _checked_tokens(tokens or {})
        caller = Caller(
            username, device_ip, device_type, client_version, tuple(groups), devices, platform_version
        )
        now = WORLD.clock.now()
        ask = _invocation(where, endpoint, caller, now).ask
        connection = connections.connect(
            WORLD, where, endpoint, caller, first_leg=attempt_id, ask=ask, at=now
        )
        return _listed(where, endpoint, connection)

    def attempt(
        self,
        *,
        account: str,
        region: str,
        endpoint_id: str,
        device_ip: str,
        device_type: str = "mac",
        username: str = "",
        failure_reason: str = "",
        attempt_id: str = "",
        client_version: str = CLIENT_VERSION,
    ) -> dict[str, Any]:
        """Fails with the reason; without one it only waits for an assertion."""
        place = _open_endpoint(account, region, endpoint_id)
        caller = Caller(username, device_ip, device_type, client_version)
        now = WORLD.clock.now()
        if not failure_reason:
            return {"id": attempts.wait(WORLD, *place, caller, at=now).id, "status": WAITING, "logged": True}
        made = attempts.fail(WORLD, *place, caller, reason=failure_reason, first_leg=attempt_id, at=now)
        _invocation(*place, caller, now).log_failure(made.id, failure_reason)
        return {"id": made.id, "status": FAILED, "logged": failure_reason not in UNLOGGED_REASONS}

    def replay_history(
        self, *, account: str, region: str, endpoint_id: str, actions: list[dict[str, Any]]
    ) -> dict[str, Any]:
        """What is still open at its end: the connections' and the waiting attempts' ids by their keys."""
        place = _open_endpoint(account, region, endpoint_id)
        resources = moto_adapter.account_resources(account, region)
        replayed = replay(WORLD, *place, resources, actions, until=WORLD.clock.now())
        advance_all()
        return {
            "open": {key: connection.id for key, connection in replayed.open.items()},
            "waiting": replayed.legs,
        }

    def disconnect(self, *, connection_id: str) -> dict[str, Any]:
        where, endpoint, connection = _connection(connection_id)
        connections.end(WORLD, where, endpoint, connection, cause="client", at=WORLD.clock.now())
        return _listed(where, endpoint, connection)

    def set_device_tokens(self, *, connection_id: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        """The next evaluation of the policy sees them."""
        where, endpoint, connection = _connection(connection_id)
        set_tokens(connection, _checked_tokens(tokens), at=WORLD.clock.now())
        return _listed(where, endpoint, connection)

    def count(
        self,
        *,
        connection_id: str,
        ingress_bytes: int = 0,
        egress_bytes: int = 0,
        ingress_packets: int = 0,
        egress_packets: int = 0,
    ) -> dict[str, Any]:
        """What an ended connection is told comes too late: its reset has been logged."""
        where, endpoint, connection = _connection(connection_id)
        if connection.ended_at is None:
            connections.count(
                where,
                endpoint,
                connection,
                at=WORLD.clock.now(),
                ingress_bytes=ingress_bytes,
                egress_bytes=egress_bytes,
                ingress_packets=ingress_packets,
                egress_packets=egress_packets,
            )
        return _listed(where, endpoint, connection)

    def list_connections(self) -> list[dict[str, Any]]:
        return [_listed(*connection) for connection in _all_connections()]

    def set_connect_handler(self, *, fault: str) -> dict[str, Any]:
        """What goes wrong in the client connect handler of every endpoint from now on; empty: nothing."""
        if fault not in {"", *FAULTS}:
            raise invalid(f"{fault} is none of: {', '.join(FAULTS)}")
        WORLD.handler_fault = fault
        return self.read_connect_handler()

    def read_connect_handler(self) -> dict[str, Any]:
        return {"fault": WORLD.handler_fault}

    def roll_out_clients(self, *, versions: dict[str, str]) -> dict[str, Any]:
        """The version of AWS's client that everybody has from now on, by device type; {}: each has their own again."""
        WORLD.client_versions = dict(versions)
        return self.read_clients()

    def read_clients(self) -> dict[str, Any]:
        return {"versions": WORLD.client_versions}

    def read_log_switches(self) -> dict[str, Any]:
        return asdict(WORLD.log)

    def set_log_switches(self, **switches: Any) -> dict[str, Any]:
        """Those that are named; the others stay."""
        if not all(0 <= switches.get(name, 0) <= 1 for name in RATES):
            raise invalid(f"{', '.join(RATES)} are rates from 0 to 1")
        styles = switches.get("styles", WORLD.log.styles)
        if not styles or not set(styles) <= set(STYLE_NAMES):
            raise invalid(f"styles is a list of some of: {', '.join(STYLE_NAMES)}")
        WORLD.log = replace(WORLD.log, **{**switches, "styles": tuple(styles)})
        return asdict(WORLD.log)


def _checked_tokens(tokens: Mapping[str, Any]) -> Mapping[str, Any]:
    for provider, token in tokens.items():
        if provider not in PROVIDERS or not (isinstance(token, dict) or token in TOKEN_FAILURES):
            raise invalid(
                f"tokens has claims, or one of {', '.join(TOKEN_FAILURES)}, by {', '.join(PROVIDERS)}"
            )
    return tokens


def _invocation(region: Region, endpoint: Endpoint, caller: Caller, now: float) -> Invocation:
    resources = moto_adapter.account_resources(region.account, region.name)
    return Invocation(WORLD, region, endpoint, resources, caller, now)


def advance_all() -> None:
    """Bring every account and region up to now, the world's lock being held."""
    for region in WORLD.regions():
        advance(WORLD, region, moto_adapter.account_resources(region.account, region.name), WORLD.clock.now())


def _open_endpoint(account: str, name: str, endpoint_id: str) -> tuple[Region, Endpoint]:
    """The endpoint, if clients can reach it: AwsError unless it has an associated target network."""
    advance_all()
    region = WORLD.region(account, name)
    if endpoint_id not in region.endpoints:
        raise endpoint_not_found(endpoint_id)
    endpoint = region.endpoints[endpoint_id]
    # Without a target network nothing listens at the endpoint's name.
    if endpoint.status(WORLD.clock.now()) != "available":
        raise no_active_association("connecting")
    return region, endpoint


def _all_connections() -> list[tuple[Region, Endpoint, Connection]]:
    advance_all()
    return [
        (region, endpoint, connection)
        for region in WORLD.regions()
        for endpoint in region.endpoints.values()
        for connection in endpoint.connections.values()
    ]


def _connection(connection_id: str) -> tuple[Region, Endpoint, Connection]:
    for connection in _all_connections():
        if connection[2].id == connection_id:
            return connection
    raise AwsError("InvalidClientVpnConnection.IdNotFound", f"Connection {connection_id} does not exist")


def _listed(region: Region, endpoint: Endpoint, connection: Connection) -> dict[str, Any]:
    fields = {key: value for key, value in asdict(connection).items() if key not in {"number", "state"}}
    status = connection.state.at(WORLD.clock.now())
    place = {"account": region.account, "region": region.name, "endpoint_id": endpoint.id}
    return {**place, **fields, "status": status}
