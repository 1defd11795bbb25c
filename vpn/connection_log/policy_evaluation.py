"""``authorization-policy-evaluation`` of a log event: what an endpoint's Cedar policy said of a connection. Pure.

Client VPN administrator guide, "Connection logging": an object with ``result`` (permit, deny, error),
``evaluation-type`` (connection-attempt, periodic), ``shadow-mode``, ``reason``, and for each provider of device tokens
``device-token-status`` with a ``status`` (validated, failed) and perhaps a ``reason``. ``context`` stays raw.
"""

from collections.abc import Iterator
from typing import Any, Final, Protocol

import msgspec

from vpn.connection_log.values import text_value

PERIODIC: Final = "periodic"
SHADOW_MODE: Final = "enabled"
REFUSED: Final = ("deny", "error")


class PolicyEvaluation(msgspec.Struct, frozen=True, gc=False):
    """AWS's own words; None is a missing key.

    ``policy_devices``: each provider with its token's status and reason, such as ``crowdstrike=failed:token-expired``,
    by name, with a semicolon between them.
    """

    policy_result: str | None
    policy_type: str | None
    policy_shadow_mode: str | None
    policy_reason: str | None
    policy_devices: str | None


def read_evaluation(value: object) -> PolicyEvaluation | None:
    """None for nothing. Raises TypeError or ValueError for what is none."""
    if value is None or value == "NA":
        return None
    if not isinstance(value, dict):
        raise TypeError(value)
    evaluation = PolicyEvaluation(
        policy_result=text_value(value.get("result")),
        policy_type=text_value(value.get("evaluation-type")),
        policy_shadow_mode=text_value(value.get("shadow-mode")),
        policy_reason=text_value(value.get("reason")),
        policy_devices=text_value("; ".join(_devices(value.get("device-token-status")))),
    )
    return evaluation if evaluation.policy_result else None


class EvaluatedConnection(Protocol):
    """A connection with what a policy said of it last."""

    @property
    def status(self) -> str: ...

    @property
    def policy_result(self) -> str | None: ...

    @property
    def policy_type(self) -> str | None: ...

    @property
    def policy_shadow_mode(self) -> str | None: ...


def is_cut_by_policy(connection: EvaluatedConnection) -> bool:
    """Whether a periodic evaluation ended it. In shadow mode a policy only says what it would have done."""
    return (
        connection.status == "ended"
        and connection.policy_type == PERIODIC
        and connection.policy_result in REFUSED
        and connection.policy_shadow_mode != SHADOW_MODE
    )


def parse_devices(text: str | None) -> Iterator[tuple[str, str, str]]:
    """Provider, status and reason (may be empty), as PolicyEvaluation has them."""
    for device in (text or "").split("; "):
        provider, equals, outcome = device.rpartition("=")
        if equals:
            status, _colon, reason = outcome.partition(":")
            yield provider, status, reason


def _devices(statuses: object) -> Iterator[str]:
    if statuses is None or statuses == "NA":
        return
    if not isinstance(statuses, dict):
        raise TypeError(statuses)
    for provider, token in sorted(statuses.items()):
        yield f"{provider}={_outcome(token)}"


def _outcome(token: Any) -> str:
    if not isinstance(token, dict):
        raise TypeError(token)
    status, reason = text_value(token.get("status")), text_value(token.get("reason"))
    return f"{status or ''}:{reason}" if reason else status or ""
