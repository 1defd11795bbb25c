"""What scripts rely on: statuses, headers, members, their order and types, cursors, problems, and what is recorded.

`contract.json` holds all of it. A difference is a change that scripts notice: members may be added, and nothing else
may change. To record it anew, delete the file and run this test. Words that people read are left out; they may change.
"""

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from portal.access.models import User
from portal.access.permissions import Permission
from portal.audit.models import AuditEvent
from tests.vpn.api.conftest import token_of
from tests.vpn.connection_log.log_lines import (
    assertion_received,
    connection_id,
    ended,
    failed,
    keep,
    started,
    waiting,
)
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from vpn.endpoints.models import Endpoint

CONTRACT: Final = Path(__file__).with_name("contract.json")
NOW: Final = datetime(2026, 11, 21, 3, 0, 0, 123456, tzinfo=UTC)
RANGE: Final = "since=2026-11-20T00:00&until=2026-11-21T00:00"
SUBNET: Final = "subnet-0a1b2c3d"
NOWHERE: Final = "00000000-0000-0000-0000-000000000000"
# What differs from run to run, or is written for people
VOLATILE: Final = {"reference"}
WORDS: Final = {"title", "detail", "heading", "text", "undo", "words", "errors"}
# PostgreSQL's clock doesn't stand still.
MOMENT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}\.(?!123456)\d+")
UUID: Final = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}")
# Vary also depends on how long the answer is: short ones are not compressed.
VOLATILE_HEADERS: Final = {"X-Request-ID", "Content-Security-Policy", "Content-Length", "Vary"}


@pytest.fixture(autouse=True)
def frozen() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def endpoint(transactional_db: None) -> Endpoint:
    network = {
        "association_id": "cvpn-assoc-1",
        "subnet_id": SUBNET,
        "vpc_id": "vpc-1",
        "status": "associated",
    }
    endpoint = save_endpoint(
        target_networks=[{**network, "message": "", "security_groups": []}],
        routes=[],
        log_group="/genkan/log",
        client_cidr_block="10.8.0.0/16",
    )
    save_endpoint("osaka-sub", vanished_at=NOW, error_id="aws-throttled", egress_ips=[])
    save_connection(endpoint, "m.tanaka@example.co.jp", connection_id=connection_id(1))
    save_connection(endpoint, "", connection_id=connection_id(9), client_ip=None, established_at=None)
    ours = {"client_vpn_endpoint_id": endpoint.endpoint_id}
    keep(
        [
            started(1, **ours),
            ended(1, **ours),
            started(2, connection_start_time="2026-11-20 03:00:00", username="佐藤@example.co.jp", **ours),
            failed(3, at="2026-11-20 04:00:00"),
            waiting(4, at="2026-11-20 05:00:00", device_ip="203.0.113.7"),
            *(assertion_received(number, at=f"2026-11-20 06:58:0{number}") for number in (5, 6)),
            started(7, connection_start_time="2026-11-20 06:59:00"),
            started(8, connection_start_time="2026-11-20 06:59:00"),
        ]
    )
    return endpoint


class Recorder:
    """Asks, and writes down what was answered."""

    def __init__(self, secret: str) -> None:
        self.secret = secret
        self.answers: list[dict[str, Any]] = []

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        # More requests than the limit of a minute, and the clock stands still.
        cache.clear()
        sent = {"authorization": f"Bearer {self.secret}", "accept-language": "en"} | headers
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        client = Client(raise_request_exception=False)
        answer: Any = client.generic(method, path, raw or b"", "application/json", headers=sent)
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        answered = {name: value for name, value in answer.headers.items() if name not in VOLATILE_HEADERS}
        self.answers.append(
            {
                "request": f"{method} {constant(path)}" + (f" {body!r:.200}" if body is not None else ""),
                "status": answer.status_code,
                "headers": dict(sorted(answered.items())),
                "body": written(content, answer["Content-Type"]),
            }
        )
        return json.loads(content) if content and answer["Content-Type"] == "application/json" else None


def written(content: bytes, media_type: str) -> Any:
    text = content.decode()
    if media_type not in {"application/json", "application/problem+json"} or not text:
        return [constant(line) for line in text.splitlines()]
    whole = json.loads(text)
    compact = json.dumps(whole, ensure_ascii=False, separators=(",", ":")) + "\n" == text
    return {"compact": compact, **plain(whole)}


def plain(value: Any, name: str = "") -> Any:
    if name in VOLATILE:
        return type(value).__name__
    if isinstance(value, dict):
        return {key: plain(held, key) if name != "errors" else len(held) for key, held in value.items()}
    if isinstance(value, list):
        return [plain(held, name) for held in value]
    if name in WORDS and value:
        return "…"
    return constant(value) if isinstance(value, str) else value


def constant(text: str) -> str:
    """Without the signature of a cursor, ids made at random, and PostgreSQL's time."""
    return re.sub(r"cursor=[^&]{20,}", "cursor=…", MOMENT.sub("<moment>", UUID.sub("<uuid>", text)))


def read(ask: Recorder, endpoint: Endpoint) -> None:
    ask("GET", "/api/endpoints/")
    ask("HEAD", "/api/endpoints/")
    ask("GET", f"/api/endpoints/{endpoint.endpoint_id}/")
    ask("GET", "/api/endpoints/cvpn-endpoint-0/")
    ask("GET", "/api/endpoints/%00/")
    ask("GET", "/api/egress-addresses/")
    ask("GET", f"/api/connections/?{RANGE}")
    ask("HEAD", f"/api/connections/?{RANGE}")
    ask("GET", "/api/connections/?status=failed&range=week&q=")
    following = ask("GET", f"/api/connections/?{RANGE}&limit=2")["next"]
    ask("GET", following.removeprefix("https://vpn.example.com"))
    ask("GET", following.removeprefix("https://vpn.example.com") + "x")
    ask("GET", f"/api/connections/?{RANGE}&cursor=")
    for query in (
        "source=here",
        "since=x&until=y",
        "status=x",
        "limit=0",
        "limit=1001",
        "limit=x",
        "longer=x",
    ):
        ask("GET", f"/api/connections/?{query}")
    ask("GET", "/api/connections/?source=here", **{"accept-language": "ja"})
    for number in (1, 4, 5, 7):
        ask("GET", f"/api/connections/{connection_id(number)}/")
    ask("GET", "/api/connections/a/b/")
    ask("GET", "/api/connections/x/")
    ask("GET", "/api/connections/live/")
    for query in (
        "address=203.0.113.10",
        "address=10.8.0.2&minutes=10",
        "address=tanaka&minutes=60",
        "minutes=0",
    ):
        ask("GET", f"/api/connections/attribution/?at=2026-11-20T10:32&{query}")
    for query in ("", "at=noon", "at=2026-11-20T10:32&minutes=7", "at=2026-11-20T10:32&address=10.0.0.0/8"):
        ask("GET", f"/api/connections/attribution/?{query}")
    ask("GET", "/api/summary/?range=30d")
    ask("GET", f"/api/summary/?endpoint={endpoint.endpoint_id}")
    ask("GET", "/api/summary/?range=never")
    for name in ("export.csv", "export.ndjson"):
        ask("GET", f"/api/connections/{name}?{RANGE}")
        ask("HEAD", f"/api/connections/{name}?{RANGE}")
    for header in ("words", "none", "x"):
        ask("GET", f"/api/connections/export.csv?{RANGE}&status=failed&header={header}")


def operate(ask: Recorder, endpoint: Endpoint) -> None:
    parameters = {"destination_cidr": "192.168.77.0/24", "target_subnet": SUBNET}
    draft = {"kind": "create-route", "endpoint_id": endpoint.endpoint_id, "parameters": parameters}
    plan = ask("POST", "/api/operations/plan/", draft)
    ask("POST", "/api/operations/", {**draft, "reason": "lab", "digest": "0" * 64})
    made = ask("POST", "/api/operations/", {**draft, "reason": "lab", "digest": plan["digest"]})
    ask("POST", "/api/operations/", {**draft, "reason": "lab"})
    ask("GET", "/api/operations/")
    ask("GET", "/api/operations/?before=1")
    ask("GET", "/api/operations/?status=open&kind=create-route")
    for query in ("before=0", "status=x", "kind=x", "endpoint=x"):
        ask("GET", f"/api/operations/?{query}")
    ask("GET", f"/api/operations/{made['id']}/")
    ask("GET", f"/api/operations/{NOWHERE}/")
    ask("GET", "/api/operations/x/")
    ask("POST", f"/api/operations/{made['id']}/cancel/")
    ask("POST", f"/api/operations/{made['id']}/cancel/", b"{")
    ask("POST", f"/api/operations/{NOWHERE}/cancel/")
    pause = {"kind": "pause-endpoint", "endpoint_id": endpoint.endpoint_id}
    ask("POST", "/api/operations/plan/", pause)
    ask("POST", "/api/operations/plan/", {**pause, "parameters": {"when": "empty", "hours": 4}})
    ask("POST", "/api/operations/", {**pause, "reason": "save"})
    changes: list[dict[str, Any]] = [
        {"kind": "make-coffee"},
        {"endpoint_id": "cvpn-endpoint-0"},
        {"endpoint_id": None},
        {"reason": "  "},
        {"parameters": {"colour": "blue", "size": 1}},
        {"parameters": {"destination_cidr": "office", "target_subnet": SUBNET}},
        {"parameters": {}},
    ]
    for change in changes:
        ask("POST", "/api/operations/", {**draft, "reason": "lab", **change})
    for body in (
        b"",
        b"[]",
        b"{",
        b"null",
        {},
        {"kind": 1},
        {**draft, "reason": None},
        {**draft, "reason": "lab", "colour": "blue"},
        {**draft, "reason": "lab", "parameters": {"hours": 1.5}},
        {**draft, "reason": "lab", "parameters": {"hours": {"a": 1}}},
        {**draft, "reason": "lab", "parameters": []},
        {**draft, "reason": True},
        b'{"kind": "a"} {}',
        b"[" * 100_000,
    ):
        ask("POST", "/api/operations/", body)
    ask("POST", "/api/operations/plan/", {**draft, "reason": "lab"})


def be_refused(ask: Recorder, suzuki: User) -> None:
    for path in ("/api/", "/api/nothing", "/api/endpoints", "/api/endpoints/x/y/", "/api/connections"):
        ask("GET", path)
        ask("POST", path)
    for path in ("/api/endpoints/", "/api/connections/", "/api/connections/export.csv", "/api/summary/"):
        for method in ("POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            ask(method, path)
    ask("GET", "/api/operations/plan/")
    ask("PUT", f"/api/operations/{NOWHERE}/")
    ask("GET", f"/api/operations/{NOWHERE}/cancel/")
    for path in ("/api/", "/api/endpoints/", "/api/openapi.json", "/api/connections/export.csv"):
        for method in ("GET", "POST", "OPTIONS"):
            ask(method, path, authorization="")
    ask("GET", "/api/endpoints/", authorization="Bearer gk_unknown")
    ask("GET", "/api/endpoints/", authorization="Basic gk_unknown")
    ask.secret = token_of(suzuki, Permission.EGRESS_READ)
    ask("GET", "/api/egress-addresses/")
    for path in ("endpoints/", "connections/", "connections/export.csv", "summary/", "operations/"):
        ask("GET", f"/api/{path}")
    ask("POST", "/api/operations/", b"{")


def described(ask: Recorder) -> dict[str, Any]:
    """Each operation's id, parameters, whether they are needed, statuses and the ids of problems."""
    document = ask("GET", "/api/openapi.json")
    ask.answers.pop()
    return {
        f"{method} {path}": {
            "id": operation["operationId"],
            "parameters": {
                one["name"]: one.get("required", False) for one in operation.get("parameters", ())
            },
            "statuses": list(operation["responses"]),
            "problems": sorted(set(re.findall("urn:problem-type:genkan:([a-z-]+)", json.dumps(operation)))),
        }
        for path, methods in sorted(document["paths"].items())
        for method, operation in methods.items()
    }


def test_scripts_notice_nothing(endpoint: Endpoint, takahashi: User, suzuki: User) -> None:
    ask = Recorder(token_of(takahashi))
    read(ask, endpoint)
    operate(ask, endpoint)
    openapi = described(ask)
    be_refused(ask, suzuki)
    recorded = [
        [event.tag, event.actor, constant(event.target), plain(event.details)]
        for event in AuditEvent.objects.order_by("sequence")
    ]
    contract: dict[str, Any] = {"answers": ask.answers, "audit": recorded, "openapi": openapi}
    if not CONTRACT.exists():
        CONTRACT.write_text(json.dumps(contract, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        pytest.fail("recorded anew")
    wanted = json.loads(CONTRACT.read_text(encoding="utf-8"))
    # As text: the order of members counts.
    differences = [
        (answer, expected)
        for answer, expected in zip(contract["answers"], wanted["answers"], strict=True)
        if json.dumps(answer) != json.dumps(expected)
    ]
    assert differences == []
    assert contract["audit"] == wanted["audit"]
    assert contract["openapi"] == wanted["openapi"]
