"""Lines of a connection log as AWS writes them, with values of our own."""

import json
from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from vpn.connection_log.log_event import LogEvent, parse
from vpn.connection_log.store import store

ENDPOINT = "cvpn-endpoint-0a1b2c3d4e5f60718"
LATEST = "2099-01-01 00:00:00"


def line(**fields: Any) -> str:
    """An event; names with underscores for AWS's hyphens, ``None`` leaves a key out."""
    whole = {
        "connection-log-type": "connection-attempt",
        "connection-attempt-status": "successful",
        "connection-reset-status": "NA",
        "connection-attempt-failure-reason": "NA",
        "connection-id": "cvpn-connection-00000000000000001",
        "client-vpn-endpoint-id": ENDPOINT,
        "transport-protocol": "udp",
        "connection-start-time": "2026-11-20 01:00:00",
        "connection-last-update-time": "2026-11-20 01:00:00",
        "client-ip": "10.8.0.2",
        "common-name": "NA",
        "device-type": "win",
        "device-ip": "198.51.100.27",
        "port": "50096",
        "ingress-bytes": "0",
        "egress-bytes": "0",
        "ingress-packets": "0",
        "egress-packets": "0",
        "connection-end-time": "NA",
        "connection-duration-seconds": "0",
        "username": "tanaka@example.co.jp",
    }
    changed = {name.replace("_", "-"): value for name, value in fields.items()}
    return json.dumps({name: value for name, value in (whole | changed).items() if value is not None})


def started(number: int = 1, **fields: Any) -> str:
    return line(connection_id=connection_id(number), **fields)


def ended(number: int = 1, *, at: str = "2026-11-20 02:30:00", **fields: Any) -> str:
    defaults = {
        "connection_log_type": "connection-reset",
        "connection_attempt_status": "NA",
        "connection_last_update_time": at,
        "connection_end_time": at,
        "connection_duration_seconds": "5400",
        "ingress_bytes": "1000",
        "egress_bytes": "2000",
    }
    return line(connection_id=connection_id(number), **(defaults | fields))


def failed(number: int = 1, *, at: str, reason: str = "authorization-policy-deny", **fields: Any) -> str:
    return line(
        connection_id=connection_id(number),
        **(_nowhere(at) | {"connection_attempt_status": "failed"}),
        connection_attempt_failure_reason=reason,
        **fields,
    )


def waiting(number: int = 1, *, at: str, **fields: Any) -> str:
    """The first leg of a federated sign-in: nobody knows yet whose it is."""
    defaults = _nowhere(at) | {"connection_attempt_status": "waiting-for-assertion", "username": "NA"}
    return line(connection_id=connection_id(number), **(defaults | fields))


def assertion_received(number: int = 1, *, at: str, **fields: Any) -> str:
    defaults = _nowhere(at) | {
        "connection_log_type": "connection-reset",
        "connection_attempt_status": "NA",
        "connection_reset_status": "assertion-received",
        "connection_end_time": at,
        "username": "NA",
    }
    return line(connection_id=connection_id(number), **(defaults | fields))


def connection_id(number: int) -> str:
    return f"cvpn-connection-{number:017x}"


def keep(lines: Iterable[str]) -> int:
    """Store the lines in one batch; how many were new."""
    return store((read(text) for text in lines), now=timezone.now()).events


def read(text: str) -> LogEvent:
    """As the ingest does. Raises UnreadableEvent."""
    return parse(text, latest=LATEST)


def _nowhere(at: str) -> dict[str, str]:
    nothing = ("connection_start_time", "client_ip", "connection_duration_seconds")
    return dict.fromkeys(nothing, "NA") | {"connection_last_update_time": at}
