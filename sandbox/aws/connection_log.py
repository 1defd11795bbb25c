"""The text of one connection-log event, in AWS's format; docs/sandbox-aws.md says what of it is AWS's own.

Admin guide, "Connection logging": each event is one JSON object, all of whose scalars are strings; what
there isn't is ``NA``; times are UTC without a zone. No two of AWS's published samples agree on the set and
order of keys, so a text is written in one of several styles.
"""

import json
from collections.abc import Mapping
from random import Random
from typing import Any, Final

from sandbox.aws.authentication import DIRECTORY, FEDERATED
from sandbox.aws.identifiers import connection_time
from sandbox.aws.records import Connection, Endpoint

NA: Final = "NA"
SUCCESSFUL: Final = "successful"
FAILED: Final = "failed"
WAITING: Final = "waiting-for-assertion"
ASSERTION_RECEIVED: Final = "assertion-received"
POLICY_DENY: Final = "authorization-policy-deny"
# Admin guide, "Connection logging" and "Connection authorization".
FAILURE_REASONS: Final = (
    POLICY_DENY,
    "client-connect-failed",
    "client-connect-handler-timed-out",
    "client-connect-handler-other-execution-error",
    "client-connect-handler-throttled",
    "client-connect-handler-invalid-response",
    "client-connect-handler-service-error",
)
# AWS doesn't publish what it writes for these; the prefix says that the value is ours.
SANDBOX_REASONS: Final = ("sandbox-saml-assertion-invalid", "sandbox-credentials-invalid")
# "Failed mutual authentication attempts are not logged."
UNLOGGED_REASONS: Final = ("sandbox-certificate-invalid",)

_HEAD: Final = ("connection-log-type", "connection-attempt-status")
_WHICH: Final = ("connection-id", "client-vpn-endpoint-id", "transport-protocol")
_TIMES: Final = ("connection-start-time", "connection-last-update-time")
_DEVICE: Final = ("device-type", "device-ip", "port")
_COUNTERS: Final = ("ingress-bytes", "egress-bytes", "ingress-packets", "egress-packets")
_REASON: Final = "connection-attempt-failure-reason"
_RESET: Final = "connection-reset-status"
_END: Final = "connection-end-time"
_DURATION: Final = "connection-duration-seconds"
_POLICY: Final = "authorization-policy-evaluation"
_FIRST: Final = (
    *_HEAD,
    _RESET,
    _REASON,
    *_WHICH,
    *_TIMES,
    "client-ip",
    "common-name",
    *_DEVICE,
    *_COUNTERS,
    _END,
)
# The key sets and orders of published samples, by the year of each.
STYLES: Final[Mapping[str, tuple[str, ...]]] = {
    "2026": (
        *(*_HEAD, _REASON, *_WHICH, *_TIMES, "client-ip", "client-ip-v6", "common-name", *_DEVICE),
        *(*_COUNTERS, _POLICY, _END, _DURATION, "username"),
    ),
    "2023": (*_FIRST, "username"),
    "2022": (
        *(
            *_HEAD,
            _REASON,
            *_WHICH,
            *_TIMES,
            "client-ip",
            "common-name",
            *_DEVICE,
            *_COUNTERS,
            _END,
            _DURATION,
        ),
    ),
    "2020-directory": (
        *(
            *_HEAD,
            _REASON,
            *_WHICH,
            *_TIMES,
            "common-name",
            "username",
            *_DEVICE,
            *_COUNTERS,
            "client-ip",
            _END,
        ),
    ),
    "2020": _FIRST,
}
ANY_ORDER: Final = "any-order"
STYLE_NAMES: Final = (*STYLES, ANY_ORDER)


def attempted(
    endpoint: Endpoint, attempt: Connection, *, status: str, reason: str = NA, at: float
) -> dict[str, Any]:
    """An attempt that failed, or that waits for the browser: it has no start, address or duration."""
    fields = _fields(endpoint, attempt, at=at)
    fields |= {"connection-log-type": "connection-attempt", "connection-attempt-status": status}
    fields |= {_REASON: reason, "connection-start-time": NA, "client-ip": NA, _DURATION: NA}
    return fields | _evaluation(attempt) if status == FAILED else fields


def connected(endpoint: Endpoint, connection: Connection) -> dict[str, Any]:
    at = connection.established_at
    fields = _fields(endpoint, connection, at=at) | dict.fromkeys(_COUNTERS, "0")
    fields |= {"connection-log-type": "connection-attempt", "connection-attempt-status": SUCCESSFUL}
    return fields | {_DURATION: "0"} | _evaluation(connection)


def assertion_received(endpoint: Endpoint, attempt: Connection, *, at: float) -> dict[str, Any]:
    """The end of a federated attempt's first leg, when the browser has brought the assertion."""
    fields = _fields(endpoint, attempt, at=at)
    fields |= {"connection-log-type": "connection-reset", "connection-attempt-status": NA}
    fields |= {"connection-start-time": NA, "client-ip": NA, _DURATION: NA}
    return fields | {_RESET: ASSERTION_RECEIVED, _END: connection_time(at)}


def ended(endpoint: Endpoint, connection: Connection, *, at: float) -> dict[str, Any]:
    """The counters are the connection's last; the duration is the difference of the two written times.

    The evaluation is the last one: AWS shows only a sample of a connection that it ended itself.
    """
    fields = _fields(endpoint, connection, at=at)
    fields |= {"connection-log-type": "connection-reset", "connection-attempt-status": NA}
    # Whole seconds of both times, so that the duration agrees with the two times as they are written.
    seconds = int(at) - int(connection.established_at)
    fields |= {_END: connection_time(at), _DURATION: str(seconds)}
    return fields | _evaluation(connection)


def text(fields: Mapping[str, Any], style: str, random: Random) -> str:
    """The event in a style; what a style leaves out isn't told."""
    keys = list(STYLES["2026" if style == ANY_ORDER else style])
    # These styles are of attempts: they have no place for a reset's key.
    if fields["connection-log-type"] == "connection-reset" and _RESET not in keys:
        keys.insert(keys.index(_END) + 1, _RESET)
    # The older samples are of endpoints without IPv6: no address may be lost because its style had no key for it.
    if fields["client-ip-v6"] != NA and "client-ip-v6" not in keys:
        keys.insert(keys.index("client-ip") + 1, "client-ip-v6")
    if style == ANY_ORDER:
        random.shuffle(keys)
    # Unknown fields are added in every style: a parser must survive them whatever the order is.
    unknown = [key for key in fields if key.startswith("sandbox-")]
    return json.dumps({key: fields[key] for key in (*keys, *unknown) if key in fields}, ensure_ascii=False)


def _fields(endpoint: Endpoint, connection: Connection, *, at: float) -> dict[str, Any]:
    """Every field but the policy's; the user name only where people sign in by name."""
    fields = {
        _REASON: NA,
        _RESET: NA,
        "connection-id": connection.id,
        "client-vpn-endpoint-id": endpoint.id,
        "transport-protocol": endpoint.settings["TransportProtocol"],
        "connection-start-time": connection_time(connection.established_at),
        "connection-last-update-time": connection_time(at),
        "client-ip": connection.client_ip,
        "client-ip-v6": connection.client_ip_v6,
        "common-name": connection.common_name or NA,
        "device-type": connection.device_type,
        "device-ip": connection.device_ip,
        "port": str(connection.port),
        "ingress-bytes": str(connection.ingress_bytes),
        "egress-bytes": str(connection.egress_bytes),
        "ingress-packets": str(connection.ingress_packets),
        "egress-packets": str(connection.egress_packets),
        _END: NA,
    }
    if endpoint.authenticates_by(FEDERATED) or endpoint.authenticates_by(DIRECTORY):
        fields["username"] = connection.username or NA
    return fields


def _evaluation(connection: Connection) -> dict[str, Any]:
    return {_POLICY: connection.evaluation} if connection.evaluation else {}
