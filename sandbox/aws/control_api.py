"""The control API under /sandbox/: JSON in, JSON out. docs/sandbox-aws.md lists it."""

import json
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import asdict
from typing import Any, Final

from werkzeug.exceptions import BadRequest, HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from sandbox.aws import metrics, moto_adapter
from sandbox.aws.account_api import AccountApi
from sandbox.aws.errors import AwsError, invalid
from sandbox.aws.faults import AwsFaults
from sandbox.aws.metrics_api import MetricsApi
from sandbox.aws.people_api import PeopleApi, advance_all
from sandbox.aws.principals import KINDS, Principal
from sandbox.aws.snapshot import as_json
from sandbox.aws.tunnels import changed
from sandbox.aws.world import WORLD

URLS: Final = Map(
    [
        Rule("/sandbox/connections", methods=["GET"], endpoint="list_connections"),
        Rule("/sandbox/connections", methods=["POST"], endpoint="connect"),
        Rule("/sandbox/connections/<connection_id>", methods=["DELETE"], endpoint="disconnect"),
        Rule("/sandbox/connections/<connection_id>/traffic", methods=["POST"], endpoint="count"),
        Rule("/sandbox/connections/<connection_id>/device", methods=["PUT"], endpoint="set_device_tokens"),
        Rule("/sandbox/attempts", methods=["POST"], endpoint="attempt"),
        Rule("/sandbox/history", methods=["POST"], endpoint="replay_history"),
        Rule("/sandbox/log", methods=["GET"], endpoint="read_log_switches"),
        Rule("/sandbox/log", methods=["PUT"], endpoint="set_log_switches"),
        Rule("/sandbox/connect-handler", methods=["GET"], endpoint="read_connect_handler"),
        Rule("/sandbox/connect-handler", methods=["PUT"], endpoint="set_connect_handler"),
        Rule("/sandbox/client-versions", methods=["GET"], endpoint="read_clients"),
        Rule("/sandbox/client-versions", methods=["PUT"], endpoint="roll_out_clients"),
        Rule("/sandbox/tunnels", methods=["PUT"], endpoint="set_tunnels"),
        Rule("/sandbox/tunnel-maintenance", methods=["PUT"], endpoint="set_tunnel_maintenance"),
        Rule("/sandbox/quotas", methods=["PUT"], endpoint="set_quota"),
        Rule("/sandbox/prices", methods=["PUT"], endpoint="set_price"),
        Rule("/sandbox/health-events", methods=["POST"], endpoint="report_health"),
        Rule("/sandbox/metrics", methods=["GET"], endpoint="read_metrics"),
        Rule("/sandbox/metrics", methods=["PUT"], endpoint="set_metric"),
        Rule("/sandbox/metrics", methods=["DELETE"], endpoint="free_metrics"),
        Rule("/sandbox/metrics/delay", methods=["PUT"], endpoint="delay_metrics"),
        Rule("/sandbox/faults", methods=["GET"], endpoint="list_faults"),
        Rule("/sandbox/faults", methods=["POST"], endpoint="add_fault"),
        Rule("/sandbox/faults", methods=["DELETE"], endpoint="clear_faults"),
        Rule("/sandbox/faults/<int:fault_id>", methods=["DELETE"], endpoint="remove_fault"),
        Rule("/sandbox/failing-associations", methods=["PUT"], endpoint="fail_associations"),
        Rule("/sandbox/saml-usernames", methods=["PUT"], endpoint="set_saml_usernames"),
        Rule("/sandbox/directory", methods=["PUT"], endpoint="set_directory"),
        Rule("/sandbox/principals", methods=["POST"], endpoint="add_principal"),
        Rule("/sandbox/trail", methods=["PUT"], endpoint="set_trail_delay"),
        Rule("/sandbox/iam", methods=["PUT"], endpoint="enforce_iam"),
        Rule("/sandbox/iam/evaluations", methods=["GET"], endpoint="list_evaluations"),
        Rule("/sandbox/clock", methods=["GET"], endpoint="read_clock"),
        Rule("/sandbox/clock", methods=["POST"], endpoint="skip_time"),
        Rule("/sandbox/calls", methods=["GET"], endpoint="list_calls"),
        Rule("/sandbox/calls", methods=["DELETE"], endpoint="forget_calls"),
        Rule("/sandbox/client-vpn", methods=["GET"], endpoint="show_client_vpn"),
        Rule("/sandbox/kept", methods=["PUT"], endpoint="keep"),
        Rule("/sandbox/kept", methods=["POST"], endpoint="put_back"),
        Rule("/sandbox/reset", methods=["POST"], endpoint="reset_all"),
    ]
)


class ControlApi(PeopleApi, MetricsApi, AccountApi):
    """Each method answers one route with something JSON can hold."""

    def __init__(self, *, faults: AwsFaults, calls: deque[Any], reset: Callable[[], None]) -> None:
        self._faults = faults
        self._calls = calls
        self._reset = reset
        self._tags: list[tuple[str, str, str, dict[str, str]]] = []
        self._prefix_lists: dict[tuple[str, str], dict[str, Any]] = {}

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self._respond(Request(environ))(environ, start_response)

    def _respond(self, request: Request) -> Response:
        try:
            name, arguments = URLS.bind_to_environ(request.environ).match()
            fields = request.get_json() if request.data else {}
            # One lock for the whole call: what it reads must still hold when it writes.
            with WORLD.lock:
                answer, status = getattr(self, name)(**arguments, **_named(fields, request)), 200
        except AwsError as error:
            answer, status = {"error": error.code, "message": error.message}, 400
        except HTTPException as error:
            answer, status = {"error": error.name, "message": error.description}, error.code or 500
        # Fields that the method has no parameter for, or lacks: the caller's mistake, not the server's.
        except TypeError as error:
            answer, status = {"error": "BadRequest", "message": str(error)}, 400
        return Response(json.dumps(answer), status, content_type="application/json")

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
        """One tunnel by its outside address, or both: an office line that is cut."""
        tunnels = moto_adapter.find_tunnels(account, region, vpn_connection_id)
        if tunnels is None:
            raise AwsError("InvalidVpnConnectionID.NotFound", f"{vpn_connection_id} does not exist")
        if outside_ip and outside_ip not in {tunnel.outside_ip for tunnel in tunnels}:
            raise invalid(f"{vpn_connection_id} has no tunnel at {outside_ip}")
        now = WORLD.clock.now()
        for tunnel in tunnels:
            if outside_ip in {"", tunnel.outside_ip} and tunnel.status != status:
                history = WORLD.region(account, region).history(f"{vpn_connection_id}/{tunnel.outside_ip}")
                history.change(metrics.TUNNEL_STATE, 1 if status == "UP" else -1, at=now)
        # In place: this is the list that moto's VPN connection is described by.
        tunnels[:] = [
            changed(tunnel, status=status, message=message, now=now)
            if outside_ip in {"", tunnel.outside_ip}
            else tunnel
            for tunnel in tunnels
        ]
        return [asdict(tunnel) for tunnel in tunnels]

    def list_faults(self) -> list[dict[str, Any]]:
        return self._faults.listed()

    def add_fault(self, **fields: Any) -> dict[str, Any]:
        return asdict(self._faults.add(**fields))

    def clear_faults(self) -> dict[str, Any]:
        self._faults.clear()
        return {}

    def remove_fault(self, *, fault_id: int) -> dict[str, Any]:
        self._faults.remove(fault_id)
        return {}

    def fail_associations(self, *, count: int) -> dict[str, Any]:
        WORLD.associations_to_fail = count
        return {"count": count}

    def set_saml_usernames(self, *, shown: bool) -> dict[str, Any]:
        WORLD.saml_usernames = shown
        return {"shown": shown}

    def set_directory(
        self,
        *,
        account: str,
        region: str,
        identity_store_id: str,
        groups: list[dict[str, str]],
        users: list[dict[str, str]],
    ) -> dict[str, Any]:
        moto_adapter.set_directory(account, region, identity_store_id, groups=groups, users=users)
        return {"groups": len(groups), "users": len(users)}

    def add_principal(self, *, kind: str, name: str, account: str, **details: str) -> dict[str, Any]:
        """Somebody else, who calls with the access key that comes back; any secret key does."""
        if kind not in KINDS:
            raise invalid(f"kind is one of {', '.join(KINDS)}")
        access_key = moto_adapter.make_key(account)
        # A principal of another account acts in this one; without ``home`` it is this account's own.
        home = details.pop("home", account)
        WORLD.principals[access_key] = Principal(
            kind, name, home, access_key=access_key, since=WORLD.clock.now(), **details
        )
        return {"access_key": access_key}

    def set_trail_delay(self, *, seconds: float | None) -> dict[str, Any]:
        WORLD.trail_delay = seconds
        return {"seconds": seconds}

    def enforce_iam(self, *, enforced: bool) -> dict[str, Any]:
        moto_adapter.enforce_iam(enforced=enforced)
        return {"enforced": enforced}

    def list_evaluations(self) -> list[dict[str, Any]]:
        return [asdict(evaluation) for evaluation in WORLD.evaluations]

    def read_clock(self) -> dict[str, Any]:
        return {"now": WORLD.clock.now()}

    def skip_time(self, *, seconds: float) -> dict[str, Any]:
        # Brought up to date at once, so that log lines are delivered even if nobody calls AWS afterwards.
        WORLD.clock.skip(seconds)
        advance_all()
        return self.read_clock()

    def list_calls(self) -> list[dict[str, Any]]:
        return [asdict(call) for call in list(self._calls)]

    def forget_calls(self) -> dict[str, Any]:
        self._calls.clear()
        return {}

    def show_client_vpn(self) -> list[dict[str, Any]]:
        advance_all()
        now = WORLD.clock.now()
        return [
            {
                **as_json(endpoint, now=now),
                "tags": moto_adapter.account_resources(region.account, region.name).tags(id_),
            }
            for region in WORLD.regions()
            for id_, endpoint in region.endpoints.items()
        ]

    def keep(self) -> dict[str, Any]:
        """With the endpoints' tags, which moto forgets with them."""
        WORLD.keep()
        self._tags = [
            (
                region.account,
                region.name,
                id_,
                moto_adapter.account_resources(region.account, region.name).tags(id_),
            )
            for region in WORLD.regions()
            for id_ in region.endpoints
        ]
        self._prefix_lists = moto_adapter.kept_prefix_lists()
        return {}

    def put_back(self) -> dict[str, Any]:
        WORLD.put_back()
        for account, region, id_, tags in self._tags:
            moto_adapter.account_resources(account, region).set_tags(id_, tags)
        moto_adapter.put_back_prefix_lists(self._prefix_lists)
        return {}

    def reset_all(self) -> dict[str, Any]:
        self._reset()
        return {}


def _named(fields: object, request: Request) -> dict[str, Any]:
    if not isinstance(fields, dict):
        raise BadRequest(f"{request.path} wants a JSON object")
    return fields
