"""Whatever shows somebody else's data records it under that person. A URL that is in neither list fails."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import pytest
from django.test import Client
from django.urls import get_resolver
from django.utils import timezone

from portal.access.models import User
from portal.audit import targets
from portal.audit.models import AuditEvent
from portal.audit.services import record
from portal.audit.tags import Tag
from tests.architecture.test_urls import names
from tests.conftest import SignedIn
from tests.vpn.api.conftest import token_of
from tests.vpn.connection_log.log_lines import ENDPOINT, connection_id, keep, started
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from tests.vpn.operations.asking import ask_as
from vpn.connection_log.search.conditions import ConnectionSearch, parameters
from vpn.connection_summary.services import recount
from vpn.drills.base.models import Drill
from vpn.drills.services import plan_drill
from vpn.endpoints.models import EndpointChange
from vpn.evidence.models import EvidencePack
from vpn.evidence.services import make_pack
from vpn.expectations.models import ReachExpectation
from vpn.findings.models import Finding
from vpn.log_insights import results
from vpn.log_insights.models import LogQuery, LogQueryPart, LogQueryRow
from vpn.operations.models import Operation

pytestmark = pytest.mark.django_db(transaction=True)


@dataclass(frozen=True)
class World:
    """One person's traces, wherever the portal keeps any, and who looks at them."""

    person: User
    browser: Client
    script: Client
    operation: Operation
    finding: Finding
    query: LogQuery
    row: LogQueryRow
    event: AuditEvent
    drill: Drill
    evidence: EvidencePack


Path = str | Callable[[World], str]

# What shows them, by the URL's name
LOOKS: Final[dict[str, Path]] = {
    "connections": "/connections/?range=all",
    "connection": f"/connections/{connection_id(1)}/",
    "connections_attribution": lambda world: (
        f"/connections/attribution/?at={timezone.localtime():%Y-%m-%dT%H:%M}"
    ),
    "connections_live": "/connections/live/",
    "drill": lambda world: world.drill.get_absolute_url(),
    "evidence_pack": lambda world: world.evidence.get_absolute_url(),
    "evidence_csv": lambda world: f"{world.evidence.get_absolute_url()}access.csv",
    "costs": "/connections/costs/",
    "costs_people_csv": "/connections/costs/people.csv",
    "connections_summary": "/connections/summary/",
    "connections_summary_people_csv": "/connections/summary/people.csv",
    "connections_findings_csv": "/connections/findings/export.csv",
    "operations_csv": "/operations/export.csv",
    "connections_findings": "/connections/findings/",
    "connections_finding": lambda world: f"/connections/findings/{world.finding.pk}/",
    "connections_findings_acknowledge": "/connections/findings/never-signed-in/acknowledge/",
    "connections_export": "/connections/export/?source=198.51.100.27",
    "connections_export_csv": "/connections/export.csv",
    "connections_export_ndjson": "/connections/export.ndjson",
    "log_queries": "/connections/beyond/",
    "log_query": lambda world: f"/connections/beyond/{world.query.pk}/",
    "log_query_row": lambda world: f"/connections/beyond/{world.query.pk}/{world.row.pk}/",
    "log_query_export": lambda world: f"/connections/beyond/{world.query.pk}/export/",
    "log_query_csv": lambda world: f"/connections/beyond/{world.query.pk}/export.csv",
    "log_query_ndjson": lambda world: f"/connections/beyond/{world.query.pk}/export.ndjson",
    "endpoint": f"/endpoints/{ENDPOINT}/?tab=connections",
    "changes": "/changes/",
    "changes_csv": "/changes/export.csv",
    "operations": "/operations/",
    "expectations": "/operations/expectations/",
    "operation": lambda world: f"/operations/{world.operation.pk}/",
    "operation_cancel": lambda world: f"/operations/{world.operation.pk}/cancel/",
    "operation_new": f"/operations/new/terminate-connection/?endpoint={ENDPOINT}",
    "audit": "/audit/",
    "audit_event": lambda world: f"/audit/{world.event.sequence}/",
    "audit_csv": "/audit/export.csv",
    "audit_export": "/audit/export.ndjson",
    "tokens": "/tokens/",
    "api_connections": "/api/connections/?range=all",
    "api_connection": f"/api/connections/{connection_id(1)}/",
    "api_connections_attribution": lambda world: (
        f"/api/connections/attribution/?at={timezone.localtime():%Y-%m-%dT%H:%M}"
    ),
    "api_connections_csv": "/api/connections/export.csv",
    "api_connections_ndjson": "/api/connections/export.ndjson",
    "api_connections_live": "/api/connections/live/",
    "api_summary": "/api/summary/",
    "api_operations": "/api/operations/",
    "api_operation": lambda world: f"/api/operations/{world.operation.pk}/",
    "api_operation_plan": "/api/operations/plan/",
    "api_helpdesk_diagnosis": "/api/helpdesk/diagnosis/",
    "api_helpdesk_reachability": "/api/helpdesk/reachability/",
}
# What shows none, and why
NO_LOOKS: Final[dict[str, set[str]]] = {
    "one's own": {
        *(
            "home",
            "notices",
            "status_subscription",
            "status_unsubscribe",
            "profiles",
            "profile_download",
            "egress",
            "egress_json",
            "egress_text",
        ),
        *(
            "my_connections",
            "my_connection",
            "onboarding_installed",
            "connections_export_progress",
            "help",
            "help_code",
        ),
    },
    "names only, while somebody types": {"people", "helpdesk", "helpdesk_results"},
    "nothing of anybody before it was opened, which is recorded": {"helpdesk_person", "helpdesk_code"},
    "endpoints and settings, with numbers of people at most": {
        *(
            "endpoints",
            *("allowlist", "partners", "partner", "partner_new", "announcement", "announce_address"),
            *(f"allowlist_{form}" for form in ("text", "json", "csv", "terraform", "atom")),
            "health_events",
            "helpdesk_causes",
            "status",
            "requirement_answers",
            "requirement_answer",
            "requirement_accept",
            "requirement_withdraw",
            "connections_sources",
            "connections_summary_days_csv",
            "costs_endpoints_csv",
            "evidence",
            "drills",
            "drill_new",
            "operation_kinds",
            "operation_schedules",
            "notifications",
        ),
        *("operation_schedule", "operation_schedule_new", "operation_file"),
        *("api_endpoints", "api_endpoint", "api_endpoint_metrics", "api_egress_addresses"),
        *("metrics", "healthz", "readyz"),
    },
    "an action, which is recorded itself, answered by a redirect": {
        *("operation_decide", "operation_schedule_switch", "operation_schedule_delete", "log_query_cancel"),
        *("partner_remove", "announcement_again", "announcement_cancel"),
        *("notification_test", "notification_again", "token_revoke", "api_operation_cancel"),
        "expectation_delete",
        *("helpdesk_end_connection", "helpdesk_send_guide", "helpdesk_watch"),
        "drill_cancel",
        # Of nobody: it is counted without names.
        "helpdesk_answer",
    },
    "written for everybody to read; who wrote it only those see who write": {
        *("incidents", "incident", "incident_new", "incident_post", "incident_edit", "incident_post_edit"),
    },
    "sign-in, and pages for everybody": {
        *("help_doctor", "acknowledge_announcement"),
        *("account_login", "account_logout", "favicon", "signed_out", "breakglass", "saml_login", "saml_acs"),
        *("saml_finish_acs", "saml_sls", "saml_metadata", "guides", "guide", "language", "theme", "design"),
        *("api_docs", "api_openapi", "api_root", "api_unknown"),
    },
}


def test_each_url_is_said_to_show_somebodys_data_or_not_to() -> None:
    declared = [*LOOKS, *(name for group in NO_LOOKS.values() for name in group)]
    assert sorted(declared) == sorted(set(names(get_resolver().url_patterns)))


@pytest.fixture
def world(tanaka: User, takahashi: User, suzuki: User, signed_in: SignedIn) -> World:
    now = timezone.now()
    at = f"{now - timedelta(minutes=2):%Y-%m-%d %H:%M:%S}"
    line = started(1, username=tanaka.username, connection_start_time=at, connection_last_update_time=at)
    endpoint = save_endpoint(endpoint_id=ENDPOINT)
    save_connection(endpoint, tanaka.username)
    keep([line])
    recount()
    query = LogQuery.objects.create(
        # Whoever asked is shown with the list of searches.
        requested_by=tanaka,
        requested_at=now,
        expires_at=now + timedelta(days=7),
        conditions=dict(parameters(ConnectionSearch(now - timedelta(days=1), now))),
    )
    EndpointChange.objects.create(
        endpoint=endpoint,
        part="setting",
        subject="SplitTunnel",
        before=False,
        after=True,
        noticed_at=now,
        origin="outside",
        actor=tanaka.username,
    )
    ReachExpectation.objects.create(
        endpoint=endpoint, username=tanaka.username, destination="10.0.0.0/8", allowed=True
    )
    part = LogQueryPart.objects.create(query=query, account=endpoint.account, log_groups=["/vpn"])
    results.save_result(part, ConnectionSearch(now - timedelta(days=1), now), [line])
    token_of(tanaka)
    return World(
        person=tanaka,
        browser=signed_in(takahashi),
        script=Client(headers={"authorization": f"Bearer {token_of(takahashi)}"}),
        operation=ask_as(takahashi)("block-person", None, usernames=tanaka.username),
        finding=Finding.objects.create(
            kind="never-signed-in",
            key="1",
            subject=tanaka.username,
            evidence={"connections": 1, "endpoints": [], "first_day": "2026-11-20", "last_day": "2026-11-20"},
            first_seen_at=now,
            last_seen_at=now,
        ),
        query=query,
        row=LogQueryRow.objects.get(),
        event=record(Tag.SIGN_OUT, actor=tanaka),
        evidence=make_pack(timezone.localdate(), timezone.localdate(), actor=takahashi),
        drill=plan_drill(
            endpoint=endpoint,
            starts_at=now + timedelta(days=1),
            ends_at=now + timedelta(days=1, hours=1),
            people=[tanaka],
            repeats=False,
            note="",
            actor=takahashi,
        ),
    )


@pytest.mark.parametrize("name", LOOKS)
def test_a_look_is_recorded_under_whom_it_shows(name: str, world: World) -> None:
    path = LOOKS[name]
    url = path if isinstance(path, str) else path(world)
    before = AuditEvent.objects.latest("sequence").sequence
    response = _answer(world, name, url)
    assert response.status_code == 200, response.content
    if response.streaming:
        # An export holds a connection to PostgreSQL until it has been read or closed.
        b"".join(response.streaming_content)
    recorded = AuditEvent.objects.filter(sequence__gt=before)
    assert any({world.person.username, targets.EVERYBODY} & set(event.people) for event in recorded)


def _answer(world: World, name: str, url: str) -> Any:
    if not name.startswith("api_"):
        return world.browser.get(url)
    if name == "api_operation_plan":
        body = {"kind": "terminate-person", "parameters": {"usernames": world.person.username}}
        return world.script.post(url, json.dumps(body), content_type="application/json")
    if name.startswith("api_helpdesk_"):
        body = {"username": world.person.username, "reason": "INC-4711", "destination": "10.0.0.1"}
        return world.script.post(url, json.dumps(body), content_type="application/json")
    return world.script.get(url)
