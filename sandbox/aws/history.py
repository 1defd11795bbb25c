"""Replay what people did in the past: the connection log becomes what it would be had the sandbox run all the time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.aws import attempts, connections
from sandbox.aws.account_resources import AccountResources
from sandbox.aws.advance_time import advance_connection, advance_connections
from sandbox.aws.connect_handler import Invocation
from sandbox.aws.connection_log import POLICY_DENY
from sandbox.aws.device_posture import set_tokens
from sandbox.aws.errors import AwsError, RefusedByHandler, invalid
from sandbox.aws.records import CLIENT_VERSION, Caller, Connection, Endpoint
from sandbox.aws.world import Region, World


@dataclass(frozen=True)
class Action:
    """``key`` names a session across its actions.

    ``do``: ``wait``, ``fail``, ``connect``, ``count``, ``device`` (its tokens change) or ``disconnect``.
    """

    at: float
    do: str
    key: str
    username: str = ""
    device_ip: str = ""
    device_type: str = ""
    reason: str = ""
    client_version: str = CLIENT_VERSION
    groups: Sequence[str] = ()
    tokens: dict[str, Any] = field(default_factory=dict)
    counters: dict[str, int] = field(default_factory=dict)


@dataclass
class Replay:
    """One endpoint's past, action by action; what is still open at the end stays."""

    world: World
    region: Region
    endpoint: Endpoint
    resources: AccountResources
    legs: dict[str, str] = field(default_factory=dict)
    open: dict[str, Connection] = field(default_factory=dict)

    def run(self, actions: Iterable[Action], *, until: float) -> None:
        last = 0.0
        for action in actions:
            # The clock of the replay only goes forward: states that have been worked out can't be taken back.
            if not last <= action.at <= until:
                raise invalid(f"{action.key}: actions must be in order of time, and none after now")
            last = action.at
            self._do(action)
        advance_connections(self.world, self.region, self.endpoint, until)
        self.open = {key: connection for key, connection in self.open.items() if connection.ended_at is None}

    def _do(self, action: Action) -> None:
        where = self.world, self.region, self.endpoint
        caller = Caller(
            action.username,
            action.device_ip,
            action.device_type,
            action.client_version,
            tuple(action.groups),
            action.tokens,
        )
        handler = Invocation(*where, self.resources, caller, action.at)
        connection = self.open.get(action.key)
        if action.do == "wait":
            self.legs[action.key] = attempts.wait(*where, caller, at=action.at).id
        elif action.do == "fail":
            leg = self.legs.pop(action.key, "")
            failed = attempts.fail(*where, caller, reason=action.reason, first_leg=leg, at=action.at)
            handler.log_failure(failed.id, action.reason)
        elif action.do == "connect":
            # Sessions that have run out by now give their addresses back before the next one needs one.
            advance_connections(*where, action.at)
            leg = self.legs.pop(action.key, "")
            try:
                self.open[action.key] = connections.connect(
                    *where, caller, first_leg=leg, ask=handler.ask, at=action.at
                )
            except RefusedByHandler:
                # Whoever the handler refuses, now that it is asked, has no connection in this past.
                pass
            except AwsError as error:
                # Whom the policy turns away has an attempt in the log, and that is all.
                if error.code != POLICY_DENY:
                    raise
        elif action.do not in {"count", "device", "disconnect"}:
            raise invalid(f"There is nothing like {action.do}")
        elif connection is not None:
            self._go_on(action, connection)

    def _go_on(self, action: Action, connection: Connection) -> None:
        where = self.world, self.region, self.endpoint
        advance_connection(*where, connection, action.at)
        if connection.ended_at is not None:
            return
        connections.count(self.region, self.endpoint, connection, at=action.at, **action.counters)
        if action.do == "device":
            set_tokens(connection, action.tokens, at=action.at)
        if action.do == "disconnect":
            connections.end(*where, connection, cause="client", at=action.at)


def replay(
    world: World,
    region: Region,
    endpoint: Endpoint,
    resources: AccountResources,
    actions: list[dict[str, Any]],
    *,
    until: float,
) -> Replay:
    replayed = Replay(world, region, endpoint, resources)
    replayed.run([Action(**action) for action in actions], until=until)
    return replayed
