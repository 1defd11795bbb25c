"""Plays the client connect handler: the very code of infra/client-connect-handler, in this process.

It stands in the place of any handler that an endpoint has, because Lambdas aren't run here, and writes into the log
group that Lambda would give the function. AWS asks it after authentication (admin guide, "Connection authorization").
"""

import importlib.util
import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any, Final
from unittest.mock import patch
from uuid import UUID

from botocore.exceptions import ClientError

from sandbox.aws.account_resources import AccountResources
from sandbox.aws.authentication import DIRECTORY, FEDERATED, MUTUAL
from sandbox.aws.log_delivery import publish_line
from sandbox.aws.moto_adapter.account_resources import DENY_LIST
from sandbox.aws.records import Caller, Endpoint, HandlerRefusal
from sandbox.aws.world import Region, World
from sandbox.company import PEOPLE

CODE: Final = Path(__file__).resolve().parents[2] / "infra" / "client-connect-handler" / "handler.py"
DENIED: Final = "client-connect-failed"
TIMED_OUT: Final = "client-connect-handler-timed-out"
FAILED: Final = "client-connect-handler-other-execution-error"
INVALID: Final = "client-connect-handler-invalid-response"
# The function isn't even called.
NOT_CALLED: Final = ("client-connect-handler-throttled", "client-connect-handler-service-error")
# A fault is named by the reason that AWS logs; the last one is none of AWS's: DynamoDB refuses the function.
TABLE_UNREADABLE: Final = "sandbox-deny-list-unreadable"
FAULTS: Final = (TIMED_OUT, FAILED, INVALID, *NOT_CALLED, TABLE_UNREADABLE)
# "When the client is running the Windows platform", says the guide; the numbers are invented.
PLATFORM_VERSIONS: Final = {"win": "10.0"}
OPENVPN_VERSION: Final = "2.6.12"
# What the guide says that clients are told when the function fails
DEFAULT_MESSAGE: Final = "Error establishing connection. Please contact your administrator."
# The timeout of the function in the template
SECONDS: Final = 25.0


@dataclass(frozen=True)
class Invocation:
    """One call of the function for one attempt: who asks, at which endpoint, and when."""

    world: World
    region: Region
    endpoint: Endpoint
    resources: AccountResources
    caller: Caller
    at: float

    def ask(self, connection_id: str) -> HandlerRefusal | None:
        """None: the attempt goes on, or the endpoint has no handler. Else it fails with this."""
        if not self.function_name:
            return None
        return self._call(connection_id, self.world.handler_fault, self.resources.deny_list_entry)

    def log_failure(self, connection_id: str, reason: str) -> None:
        """What the function did in an attempt of which it is known already that it fails with ``reason``."""
        if not self.function_name:
            return
        if reason == DENIED:
            self._call(connection_id, "", lambda name: {"username": {"S": name}})
        elif reason in FAULTS:
            self._call(connection_id, reason, self.resources.deny_list_entry)
        # AWS asks the handler after authentication and before anything else.
        elif reason == "authorization-policy-deny":
            self._call(connection_id, "", lambda _name: {})

    @property
    def function_name(self) -> str:
        options = self.endpoint.settings["ClientConnectOptions"]
        _, _, name = str(options.get("LambdaFunctionArn") or "").partition(":function:")
        return name.partition(":")[0] if options.get("Enabled") else ""

    def _call(
        self, connection_id: str, fault: str, find_entry: Callable[[str], dict[str, Any]]
    ) -> HandlerRefusal | None:
        if fault in NOT_CALLED:
            return HandlerRefusal(fault, DEFAULT_MESSAGE)
        request_id = str(UUID(int=self.world.handler_random.getrandbits(128), version=4))
        self._log(f"START RequestId: {request_id} Version: 1\n", after=0.0)
        if fault == TIMED_OUT:
            moment = datetime.fromtimestamp(self.at + SECONDS, UTC).isoformat(timespec="milliseconds")
            self._log(f"{moment} {request_id} Task timed out after {SECONDS:.2f} seconds\n", after=SECONDS)
        elif fault == FAILED:
            self._log("[ERROR] RuntimeError: a fault of the sandbox\n", after=0.02)
        else:
            response, record = self._respond(connection_id, fault, find_entry)
            self._log(json.dumps(record), after=0.02, is_record=True)
        self._log(f"END RequestId: {request_id}\n", after=0.02)
        self._log(f"REPORT RequestId: {request_id}\tDuration: 20.00 ms\tMemory Size: 256 MB\n", after=0.02)
        if fault and fault != TABLE_UNREADABLE:
            return HandlerRefusal(fault, DEFAULT_MESSAGE)
        if response["allow"]:
            return None
        return HandlerRefusal(DENIED, str(response["error-msg-on-denied-connection"]))

    def _respond(
        self, connection_id: str, fault: str, find_entry: Callable[[str], dict[str, Any]]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        # Any: what is replaced there is a client of boto3's.
        module: Any = load_handler()
        # Held by the world's lock: no other invocation comes in between.
        module.DYNAMODB = _Table(find_entry, is_readable=fault != TABLE_UNREADABLE)
        # JSON, as Lambda hands it over
        event = json.loads(json.dumps(self._event(connection_id)))
        response, record = module.respond(event, now=self.at)
        return json.loads(json.dumps(response)), record

    def _event(self, connection_id: str) -> dict[str, Any]:
        """Schema v3, as far as AWS documents it."""
        caller = self.caller
        has_name = self.endpoint.authenticates_by(FEDERATED) or self.endpoint.authenticates_by(DIRECTORY)
        has_certificate = self.endpoint.authenticates_by(MUTUAL)
        groups = caller.groups or company_groups(caller.username)
        return {
            "connection-id": connection_id,
            "endpoint-id": self.endpoint.id,
            "common-name": caller.username if has_certificate else "",
            # "For mutual authentication, this field is empty", and so are the groups.
            "username": caller.username if has_name else "",
            "platform": caller.device_type,
            "platform-version": caller.platform_version or PLATFORM_VERSIONS.get(caller.device_type, ""),
            "public-ip": caller.device_ip,
            "client-openvpn-version": OPENVPN_VERSION,
            "aws-client-version": self.world.client_version(caller),
            "groups": list(groups) if has_name else [],
            "schema-version": "v3",
        }

    def _log(self, line: str, *, after: float, is_record: bool = False) -> None:
        group = f"/aws/lambda/{self.function_name}"
        # As a function does whose role may, which that of the console may.
        self.resources.ensure_log_group(group)
        day = datetime.fromtimestamp(self.at, UTC).strftime("%Y/%m/%d")
        # One instance of the function for each endpoint is as good as any: which one answers isn't documented.
        stream = f"{day}/[1]{self.endpoint.id.rpartition('-')[2]:0>32}"
        publish_line(self.world, self.region, group, stream, line, at=self.at + after, is_record=is_record)


def company_groups(username: str) -> tuple[str, ...]:
    """The groups that the identity provider sends of a person of the company; of others it sends none."""
    groups = {person.email: person.groups for person in PEOPLE}.get(username, ())
    return tuple(group.id for group in groups)


@cache
def load_handler() -> ModuleType:
    """The module as Lambda would import it. Its client of DynamoDB is replaced at each call."""
    specification = importlib.util.spec_from_file_location("genkan_client_connect_handler", CODE)
    if specification is None or specification.loader is None:
        raise ImportError(f"There is no {CODE}")
    module = importlib.util.module_from_spec(specification)
    environment = {"DENY_LIST_TABLE": DENY_LIST, "ON_ERROR": "allow", "AWS_DEFAULT_REGION": "ap-northeast-1"}
    with patch.dict(os.environ, environment):
        specification.loader.exec_module(module)
    return module


@dataclass(frozen=True)
class _Table:
    """The one call that the handler makes of DynamoDB, past HTTP: this process is the DynamoDB."""

    find_entry: Callable[[str], dict[str, Any]]
    is_readable: bool

    def get_item(self, *, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]:  # noqa: N803
        if not self.is_readable:
            error = {"Error": {"Code": "AccessDeniedException", "Message": "A fault of the sandbox"}}
            raise ClientError(error, "GetItem")  # type: ignore[arg-type]  # the stubs want a whole answer
        item = self.find_entry(Key["username"]["S"])
        return {"Item": item} if item else {}
