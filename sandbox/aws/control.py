"""A client of the control API, for tests and for whatever plays people."""

import http.client
import json
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import urlsplit

from sandbox.company import (
    DIRECTORY_USERS,
    GROUPS,
    HEALTH_QUEUE,
    IDENTITY_STORE_ID,
    TOKYO,
    AccessGroup,
    EndpointSeed,
)


class SandboxError(Exception):
    """The control API said no; the text says why, and ``code`` is AWS's, where AWS has one."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


class Control:
    """``url`` is the sandbox's own, as given to boto3's ``endpoint_url``."""

    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc

    def connect(
        self,
        *,
        account: str,
        region: str,
        endpoint_id: str,
        username: str,
        device_ip: str,
        device_type: str = "mac",
        attempt_id: str = "",
        **device: Any,
    ) -> dict[str, Any]:
        """A person's device connects; ``id``, ``client_ip`` and the rest of the connection come back.

        ``attempt_id`` is of an ``attempt`` that waits for this person's assertion. ``device``: client_version,
        platform_version, groups (ids that the sign-in tells of), tokens (claims, or why it failed, by trust provider).
        """
        fields = {"account": account, "region": region, "endpoint_id": endpoint_id, "username": username}
        fields |= {"device_ip": device_ip, "device_type": device_type, "attempt_id": attempt_id}
        return self._object("POST", "/sandbox/connections", {**fields, **device})

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
        **client: Any,
    ) -> dict[str, Any]:
        """An attempt that fails with this reason or, without one, waits for an assertion; ``id`` comes back."""
        fields = {"account": account, "region": region, "endpoint_id": endpoint_id, "username": username}
        fields |= {"device_ip": device_ip, "device_type": device_type}
        fields |= {"failure_reason": failure_reason, "attempt_id": attempt_id, **client}
        return self._object("POST", "/sandbox/attempts", fields)

    def replay(
        self, *, account: str, region: str, endpoint_id: str, actions: list[dict[str, Any]]
    ) -> dict[str, dict[str, str]]:
        """Let a past happen at once; ids of the connections still open and attempts still waiting, by key."""
        fields = {"account": account, "region": region, "endpoint_id": endpoint_id, "actions": actions}
        return self._object("POST", "/sandbox/history", fields)

    def log_switches(self, **switches: Any) -> dict[str, Any]:
        """Set some of the connection log's switches, and read all."""
        return self._object("PUT", "/sandbox/log", switches)

    def break_connect_handler(self, fault: str) -> None:
        """From now on every client connect handler fails so (sandbox.aws.connect_handler.FAULTS); empty: mended."""
        self._send("PUT", "/sandbox/connect-handler", {"fault": fault})

    def connect_handler_fault(self) -> str:
        return str(self._object("GET", "/sandbox/connect-handler")["fault"])

    def roll_out_clients(self, **versions: str) -> None:
        """By device type: everybody who has one has AWS VPN Client of this version; none: each has their own again."""
        self._send("PUT", "/sandbox/client-versions", {"versions": versions})

    def rolled_out_clients(self) -> dict[str, str]:
        return dict(self._object("GET", "/sandbox/client-versions")["versions"])

    def count(self, connection_id: str, **counters: int) -> dict[str, Any]:
        """Add ``ingress_bytes``, ``egress_bytes``, ``ingress_packets``, ``egress_packets``."""
        return self._object("POST", f"/sandbox/connections/{connection_id}/traffic", counters)

    def set_device_tokens(self, connection_id: str, tokens: Mapping[str, Any]) -> dict[str, Any]:
        """What the device's agents say from now on; one that is left out gives no new token any more."""
        return self._object("PUT", f"/sandbox/connections/{connection_id}/device", {"tokens": tokens})

    def disconnect(self, connection_id: str) -> dict[str, Any]:
        return self._object("DELETE", f"/sandbox/connections/{connection_id}")

    def connections(self) -> list[dict[str, Any]]:
        return self._list("GET", "/sandbox/connections")

    def set_tunnels(
        self,
        *,
        account: str,
        region: str,
        vpn_connection_id: str,
        status: str,
        message: str = "",
        outside_ip: str = "",
    ) -> list[dict[str, Any]]:
        """Both tunnels UP or DOWN, or the one at ``outside_ip``."""
        fields = {
            "account": account,
            "region": region,
            "vpn_connection_id": vpn_connection_id,
            "status": status,
        }
        return self._list("PUT", "/sandbox/tunnels", {**fields, "message": message, "outside_ip": outside_ip})

    def set_quota(self, code: str, value: float, place: EndpointSeed = TOKYO) -> None:
        """As when AWS has granted an increase: ``code`` is Service Quotas'."""
        fields = {"account": place.account, "region": place.region, "code": code, "value": value}
        self._send("PUT", "/sandbox/quotas", fields)

    def set_price(self, usage_type: str, price: str) -> None:
        """In the price list, as Tokyo's account sees it: US dollars."""
        fields = {"account": TOKYO.account, "usage_type": usage_type, "price": price}
        self._send("PUT", "/sandbox/prices", fields)

    def set_tunnel_maintenance(
        self,
        vpn_connection_id: str,
        seconds: float | None,
        *,
        outside_ip: str = "",
        place: EndpointSeed = TOKYO,
    ) -> None:
        """AWS replaces the tunnels' ends after so many seconds at the latest; None: it has done so."""
        fields = {"account": place.account, "region": place.region, "vpn_connection_id": vpn_connection_id}
        self._send(
            "PUT", "/sandbox/tunnel-maintenance", {**fields, "outside_ip": outside_ip, "seconds": seconds}
        )

    def report_health(self, **event: Any) -> dict[str, Any]:
        """An event of AWS Health into Tokyo's queue, as EventBridge delivers it; ``body``: anything else."""
        fields = {"account": TOKYO.account, "region": TOKYO.region, "queue": HEALTH_QUEUE}
        return self._object("POST", "/sandbox/health-events", {**fields, **event})

    def fail(self, action: str, code: str, *, times: int | None = None, **where: Any) -> int:
        """Calls of ``action`` ("*": any) answer ``code``, for ``times`` calls or until healed.

        ``where`` narrows it: ``service``, ``region``, ``account``, ``page``, ``about``, ``status`` (faults.AwsFault).
        """
        return self._fault({"kind": "error", "action": action, "code": code, "times": times, **where})

    def slow(self, action: str, seconds: float, *, times: int | None = None, **where: Any) -> int:
        return self._fault({"kind": "slow", "action": action, "seconds": seconds, "times": times, **where})

    def cut(self, action: str, *, times: int | None = None, **where: Any) -> int:
        """Answers break off half-way; with ``page="later"`` only after the first page."""
        return self._fault({"kind": "cut", "action": action, "times": times, **where})

    def drop(self, action: str, *, times: int | None = None, **where: Any) -> int:
        return self._fault({"kind": "drop", "action": action, "times": times, **where})

    def faults(self) -> list[dict[str, Any]]:
        return self._list("GET", "/sandbox/faults")

    def heal(self, fault: int | None = None) -> None:
        """Take one fault away, or all of them."""
        self._send("DELETE", "/sandbox/faults" if fault is None else f"/sandbox/faults/{fault}")

    def fail_associations(self, count: int) -> None:
        """The next ``count`` target network associations end in ``association-failed``."""
        self._send("PUT", "/sandbox/failing-associations", {"count": count})

    def show_saml_usernames(self, shown: bool) -> None:  # noqa: FBT001  # the word before it says what it is
        self._send("PUT", "/sandbox/saml-usernames", {"shown": shown})

    def set_directory(
        self,
        groups: Iterable[AccessGroup] = GROUPS,
        users: Iterable[tuple[str, str]] = DIRECTORY_USERS,
    ) -> None:
        """Have these groups, and people by e-mail address and name, in the Identity Store, and nobody else."""
        fields = {
            "account": TOKYO.account,
            "region": TOKYO.region,
            "identity_store_id": IDENTITY_STORE_ID,
            "groups": [{"id": group.id, "name": group.name} for group in groups],
            "users": [{"email": email, "name": name} for email, name in users],
        }
        self._send("PUT", "/sandbox/directory", fields)

    def add_principal(self, kind: str, name: str, *, account: str = TOKYO.account, **details: str) -> str:
        """An access key of somebody else: what is done with it, CloudTrail says of them.

        ``kind``: ``user``, ``role`` (with ``session``), ``root`` or ``service``. ``source_ip``, ``user_agent`` and
        ``invoked_by`` stand in the events instead of what the request has; ``home``: the account they are of.
        """
        fields = {"kind": kind, "name": name, "account": account, **details}
        return str(self._object("POST", "/sandbox/principals", fields)["access_key"])

    def set_trail_delay(self, seconds: float | None) -> None:
        """How late CloudTrail has an event; None: as the pace has it."""
        self._send("PUT", "/sandbox/trail", {"seconds": seconds})

    def metrics(self) -> dict[str, Any]:
        """``delay`` in seconds, and the ``overrides`` that were ever set."""
        return self._object("GET", "/sandbox/metrics")

    def set_metric(
        self, metric: str, value: float | None, *, resource: str = "", began_before: float = 0.0
    ) -> None:
        """Each point from ``began_before`` seconds ago on is ``value``, whatever happens; None: there is none.

        ``resource``: an endpoint's or NAT gateway's id, or ``vpn-…/`` and a tunnel's outside address; empty: of all.
        """
        fields = {"metric": metric, "value": value, "resource": resource, "began_before": began_before}
        self._send("PUT", "/sandbox/metrics", fields)

    def free_metrics(self, metric: str = "") -> None:
        """The metric, or all, follow what happens again, from now on."""
        self._send("DELETE", "/sandbox/metrics", {"metric": metric})

    def delay_metrics(self, seconds: float) -> None:
        """CloudWatch has a point ``seconds`` after the end of its time."""
        self._send("PUT", "/sandbox/metrics/delay", {"seconds": seconds})

    def enforce_iam(self, enforced: bool) -> None:  # noqa: FBT001  # the word before it says what it is
        """Check signatures and IAM policies from now on, or let every key do everything (the default)."""
        self._send("PUT", "/sandbox/iam", {"enforced": enforced})

    def iam_evaluations(self) -> list[dict[str, Any]]:
        return self._list("GET", "/sandbox/iam/evaluations")

    def skip(self, seconds: float) -> None:
        """Move the sandbox's clock on."""
        self._send("POST", "/sandbox/clock", {"seconds": seconds})

    def now(self) -> float:
        return float(self._object("GET", "/sandbox/clock")["now"])

    def calls(self) -> list[dict[str, Any]]:
        """The AWS calls that came in, oldest first: when, service, action, account, region, HTTP status."""
        return self._list("GET", "/sandbox/calls")

    def forget_calls(self) -> None:
        self._send("DELETE", "/sandbox/calls")

    def client_vpn(self) -> list[dict[str, Any]]:
        """Every endpoint of every account with all that belongs to it, as the sandbox remembers it."""
        return self._list("GET", "/sandbox/client-vpn")

    def keep(self) -> None:
        """Remember the Client VPN of every account as it is now."""
        self._send("PUT", "/sandbox/kept", {})

    def put_back(self) -> None:
        """Make it again what it was when it was kept, in milliseconds; what else is in AWS stays as it is."""
        self._send("POST", "/sandbox/kept", {})

    def reset(self) -> None:
        self._send("POST", "/sandbox/reset", {})

    def _fault(self, fields: dict[str, Any]) -> int:
        return int(self._object("POST", "/sandbox/faults", fields)["id"])

    def _object(self, method: str, path: str, fields: dict[str, Any] | None = None) -> dict[str, Any]:
        answer = self._send(method, path, fields)
        return dict(answer)

    def _list(self, method: str, path: str, fields: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        return list(self._send(method, path, fields))

    def _send(self, method: str, path: str, fields: dict[str, Any] | None = None) -> Any:
        # A day of traffic is one request, and a demo starts with all its programs at once.
        connection = http.client.HTTPConnection(self._host, timeout=120)
        try:
            body = None if fields is None else json.dumps(fields)
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        finally:
            connection.close()
        if response.status >= 400:
            raise SandboxError(f"{answer['error']}: {answer['message']}", answer["error"])
        return answer
