"""Every URL and who may open it. A URL that is missing here fails."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from portal.access.models import User
from tests.conftest import SignedIn

# For each URL name: a path, the method, and the status for nobody, employee, helpdesk, auditor, admin.
# 302 for nobody: to the sign-in page. 404: there is no such thing (any more), whoever asks.
TABLE: dict[str, tuple[str, str, tuple[int, int, int, int, int]]] = {
    "home": ("/", "get", (302, 200, 200, 200, 200)),
    "notices": ("/notices/", "get", (302, 302, 302, 302, 302)),
    "profiles": ("/profiles/", "get", (302, 200, 200, 200, 200)),
    "profile_download": ("/profiles/cvpn-endpoint-0/download", "get", (302, 404, 404, 404, 404)),
    "egress": ("/egress/", "get", (302, 200, 200, 200, 200)),
    "egress_json": ("/egress.json", "get", (200, 200, 200, 200, 200)),
    "egress_text": ("/egress.txt", "get", (200, 200, 200, 200, 200)),
    **{
        f"allowlist_{name}": (f"/allowlist.{ending}", "get", (503, 503, 503, 503, 503))
        for name, ending in {"text": "txt", "json": "json", "csv": "csv", "terraform": "tf"}.items()
    },
    "allowlist_atom": ("/allowlist.atom", "get", (200, 200, 200, 200, 200)),
    "allowlist": ("/allowlist/", "get", (302, 200, 200, 200, 200)),
    "partners": ("/allowlist/partners/", "get", (302, 403, 403, 403, 200)),
    "partner_new": ("/allowlist/partners/new/", "get", (302, 403, 403, 403, 200)),
    "partner": ("/allowlist/partners/0/", "get", (302, 403, 403, 403, 404)),
    "partner_remove": ("/allowlist/partners/0/remove/", "post", (302, 403, 403, 403, 404)),
    "announce_address": ("/allowlist/announce/", "get", (302, 403, 403, 403, 200)),
    "announcement": ("/allowlist/announcements/0/", "get", (302, 403, 403, 403, 404)),
    "announcement_again": ("/allowlist/announcements/0/again/", "post", (302, 403, 403, 403, 404)),
    "announcement_cancel": ("/allowlist/announcements/0/cancel/", "post", (302, 403, 403, 403, 404)),
    "acknowledge_announcement": ("/allowlist/acknowledge/0/", "get", (404, 404, 404, 404, 404)),
    "guides": ("/guides/", "get", (200, 200, 200, 200, 200)),
    "guide": ("/guides/macos/", "get", (200, 200, 200, 200, 200)),
    "connections": ("/connections/", "get", (302, 403, 403, 200, 200)),
    "connection": ("/connections/cvpn-connection-0/", "get", (302, 403, 403, 404, 404)),
    "connections_attribution": ("/connections/attribution/", "get", (302, 403, 403, 200, 200)),
    "connections_live": ("/connections/live/", "get", (302, 403, 403, 200, 200)),
    "my_connections": ("/connections/mine/", "get", (302, 200, 200, 200, 200)),
    "my_connection": ("/connections/mine/cvpn-connection-0/", "get", (302, 404, 404, 404, 404)),
    "changes": ("/changes/", "get", (302, 403, 200, 200, 200)),
    "changes_csv": ("/changes/export.csv", "get", (302, 403, 200, 200, 200)),
    "requirement_answers": ("/status/requirements/answers/", "get", (302, 403, 403, 403, 200)),
    "requirement_answer": ("/status/requirements/answers/mfa/", "get", (302, 403, 403, 403, 200)),
    "requirement_accept": ("/status/requirements/parts/zones/accept/", "get", (302, 403, 403, 403, 404)),
    "requirement_withdraw": (
        "/status/requirements/acceptances/0/withdraw/",
        "post",
        (302, 403, 403, 403, 404),
    ),
    "status": ("/status/", "get", (302, 200, 200, 200, 200)),
    "health_events": ("/aws-health/", "get", (302, 200, 200, 200, 200)),
    "endpoints": ("/endpoints/", "get", (302, 403, 200, 403, 200)),
    "endpoint": ("/endpoints/cvpn-endpoint-0/", "get", (302, 403, 404, 403, 404)),
    "help": ("/help/", "get", (200, 200, 200, 200, 200)),
    "help_doctor": ("/help/doctor/doctor.sh", "get", (200, 200, 200, 200, 200)),
    "help_code": ("/help/code/", "post", (302, 200, 200, 200, 200)),
    "helpdesk_code": ("/helpdesk/-/code/", "post", (302, 403, 404, 403, 404)),
    "helpdesk": ("/helpdesk/", "get", (302, 403, 200, 403, 200)),
    "helpdesk_results": ("/helpdesk/-/results/", "get", (302, 403, 200, 403, 200)),
    "helpdesk_send_guide": ("/helpdesk/-/guide/nobody/", "post", (302, 403, 404, 403, 404)),
    "helpdesk_causes": ("/helpdesk/-/causes/", "get", (302, 403, 200, 403, 200)),
    "helpdesk_answer": ("/helpdesk/-/answer/nobody/", "post", (302, 403, 404, 403, 404)),
    "helpdesk_watch": ("/helpdesk/-/watch/nobody/", "post", (302, 403, 404, 403, 404)),
    "helpdesk_end_connection": ("/helpdesk/-/end/nobody/", "post", (302, 403, 404, 403, 404)),
    "helpdesk_person": ("/helpdesk/nobody/", "get", (302, 403, 404, 403, 404)),
    "expectations": ("/operations/expectations/", "get", (302, 403, 403, 200, 200)),
    "expectation_delete": ("/operations/expectations/1/delete/", "post", (302, 403, 403, 403, 404)),
    "operation_schedules": ("/operations/schedules/", "get", (302, 403, 403, 200, 200)),
    "operation_schedule_new": (
        "/operations/schedules/new/cvpn-endpoint-0/",
        "get",
        (302, 403, 403, 403, 404),
    ),
    "operation_schedule": ("/operations/schedules/0/", "get", (302, 403, 403, 403, 404)),
    "operation_schedule_switch": ("/operations/schedules/0/switch/", "post", (302, 403, 403, 403, 404)),
    "operation_schedule_delete": ("/operations/schedules/0/delete/", "get", (302, 403, 403, 403, 404)),
    "notifications": ("/notifications/", "get", (302, 403, 403, 403, 200)),
    "notification_test": ("/notifications/test/", "post", (302, 403, 403, 403, 302)),
    "notification_again": ("/notifications/0/again/", "post", (302, 403, 403, 403, 404)),
    "onboarding_installed": ("/onboarding/installed/", "post", (302, 302, 302, 302, 302)),
    "operations": ("/operations/", "get", (302, 403, 403, 200, 200)),
    "operation_kinds": ("/operations/new/", "get", (302, 403, 403, 403, 200)),
    "operation_new": ("/operations/new/create-route/", "get", (302, 403, 403, 403, 302)),
    "operation": ("/operations/00000000-0000-0000-0000-000000000000/", "get", (302, 403, 403, 404, 404)),
    "operation_cancel": (
        "/operations/00000000-0000-0000-0000-000000000000/cancel/",
        "post",
        (302, 403, 403, 403, 404),
    ),
    "operation_file": (
        "/operations/00000000-0000-0000-0000-000000000000/files/list.pem",
        "get",
        (302, 403, 403, 404, 404),
    ),
    "operation_decide": (
        "/operations/00000000-0000-0000-0000-000000000000/decide/",
        "post",
        (302, 403, 403, 403, 404),
    ),
    "people": ("/people/", "get", (302, 403, 403, 200, 200)),
    "connections_findings": ("/connections/findings/", "get", (302, 403, 403, 200, 200)),
    "connections_finding": ("/connections/findings/1/", "get", (302, 403, 403, 404, 404)),
    "connections_findings_acknowledge": (
        "/connections/findings/not-seen/acknowledge/",
        "get",
        (302, 403, 403, 200, 200),
    ),
    "connections_sources": ("/connections/sources/", "get", (302, 403, 403, 200, 200)),
    "connections_summary_days_csv": ("/connections/summary/days.csv", "get", (302, 403, 403, 200, 200)),
    "connections_summary_people_csv": ("/connections/summary/people.csv", "get", (302, 403, 403, 200, 200)),
    "connections_findings_csv": ("/connections/findings/export.csv", "get", (302, 403, 403, 200, 200)),
    "operations_csv": ("/operations/export.csv", "get", (302, 403, 403, 200, 200)),
    "costs": ("/connections/costs/", "get", (302, 403, 403, 200, 200)),
    "costs_endpoints_csv": ("/connections/costs/endpoints.csv", "get", (302, 403, 403, 200, 200)),
    "costs_people_csv": ("/connections/costs/people.csv", "get", (302, 403, 403, 200, 200)),
    "connections_summary": ("/connections/summary/", "get", (302, 403, 403, 200, 200)),
    "audit": ("/audit/", "get", (302, 403, 403, 200, 200)),
    "audit_csv": ("/audit/export.csv", "get", (302, 403, 403, 200, 200)),
    "audit_event": ("/audit/0/", "get", (302, 403, 403, 404, 404)),
    "audit_export": ("/audit/export.ndjson", "get", (302, 403, 403, 200, 200)),
    "tokens": ("/tokens/", "get", (302, 403, 200, 200, 200)),
    "token_revoke": ("/tokens/0/revoke/", "post", (302, 403, 404, 404, 404)),
    "log_queries": ("/connections/beyond/", "get", (302, 403, 403, 200, 200)),
    "log_query": ("/connections/beyond/0/", "get", (302, 403, 403, 404, 404)),
    "log_query_row": ("/connections/beyond/0/0/", "get", (302, 403, 403, 404, 404)),
    "log_query_export": ("/connections/beyond/0/export/", "get", (302, 403, 403, 404, 404)),
    "log_query_csv": ("/connections/beyond/0/export.csv", "get", (302, 403, 403, 404, 404)),
    "log_query_ndjson": ("/connections/beyond/0/export.ndjson", "get", (302, 403, 403, 404, 404)),
    "log_query_cancel": ("/connections/beyond/0/cancel/", "post", (302, 403, 403, 404, 404)),
    "connections_export": ("/connections/export/", "get", (302, 403, 403, 200, 200)),
    "connections_export_progress": (
        "/connections/export/00000000-0000-4000-8000-000000000000/",
        "get",
        (302, 403, 403, 200, 200),
    ),
    "connections_export_csv": ("/connections/export.csv", "get", (302, 403, 403, 200, 200)),
    "connections_export_ndjson": ("/connections/export.ndjson", "get", (302, 403, 403, 200, 200)),
    "account_login": ("/accounts/login/", "get", (200, 302, 302, 302, 302)),
    "account_logout": ("/accounts/logout/", "post", (302, 302, 302, 302, 302)),
    "signed_out": ("/accounts/signed-out/", "get", (200, 200, 200, 200, 200)),
    "breakglass": ("/accounts/breakglass/token/", "get", (404, 404, 404, 404, 404)),
    "saml_login": ("/accounts/saml/sso/login/", "get", (503, 503, 503, 503, 503)),
    "saml_acs": ("/accounts/saml/sso/acs/", "post", (403, 403, 403, 403, 403)),
    "saml_finish_acs": ("/accounts/saml/sso/acs/finish/", "get", (403, 302, 302, 302, 302)),
    "saml_sls": ("/accounts/saml/sso/sls/", "get", (403, 403, 403, 403, 403)),
    "saml_metadata": ("/accounts/saml/sso/metadata/", "get", (200, 200, 200, 200, 200)),
    "api_helpdesk_reachability": ("/api/helpdesk/reachability/", "post", (401, 401, 401, 401, 401)),
    "api_helpdesk_diagnosis": ("/api/helpdesk/diagnosis/", "post", (401, 401, 401, 401, 401)),
    "api_connections": ("/api/connections/", "get", (401, 401, 401, 401, 401)),
    "api_connections_attribution": ("/api/connections/attribution/", "get", (401, 401, 401, 401, 401)),
    "api_connections_csv": ("/api/connections/export.csv", "get", (401, 401, 401, 401, 401)),
    "api_connections_ndjson": ("/api/connections/export.ndjson", "get", (401, 401, 401, 401, 401)),
    "api_connections_live": ("/api/connections/live/", "get", (401, 401, 401, 401, 401)),
    "api_connection": ("/api/connections/x/", "get", (401, 401, 401, 401, 401)),
    "api_summary": ("/api/summary/", "get", (401, 401, 401, 401, 401)),
    "api_endpoints": ("/api/endpoints/", "get", (401, 401, 401, 401, 401)),
    "api_endpoint": ("/api/endpoints/cvpn-endpoint-0/", "get", (401, 401, 401, 401, 401)),
    "api_endpoint_metrics": ("/api/endpoints/cvpn-endpoint-0/metrics/", "get", (401, 401, 401, 401, 401)),
    "api_egress_addresses": ("/api/egress-addresses/", "get", (401, 401, 401, 401, 401)),
    "api_operations": ("/api/operations/", "get", (401, 401, 401, 401, 401)),
    "api_operation_plan": ("/api/operations/plan/", "post", (401, 401, 401, 401, 401)),
    "api_operation": (
        "/api/operations/00000000-0000-0000-0000-000000000000/",
        "get",
        (401, 401, 401, 401, 401),
    ),
    "api_operation_cancel": (
        "/api/operations/00000000-0000-0000-0000-000000000000/cancel/",
        "post",
        (401, 401, 401, 401, 401),
    ),
    "api_docs": ("/api/docs/", "get", (302, 403, 200, 200, 200)),
    "api_openapi": ("/api/openapi.json", "get", (401, 401, 401, 401, 401)),
    "api_root": ("/api/", "get", (401, 401, 401, 401, 401)),
    "api_unknown": ("/api/nothing/", "get", (401, 401, 401, 401, 401)),
    "drills": ("/status/drills/", "get", (302, 403, 200, 200, 200)),
    "drill": ("/status/drills/0/", "get", (302, 403, 404, 404, 404)),
    "drill_new": ("/status/drills/new/", "get", (302, 403, 403, 403, 200)),
    "drill_cancel": ("/status/drills/0/cancel/", "post", (302, 403, 403, 403, 404)),
    "evidence": ("/status/evidence/", "get", (302, 403, 403, 200, 200)),
    "evidence_pack": ("/status/evidence/0/", "get", (302, 403, 403, 404, 404)),
    "evidence_csv": ("/status/evidence/0/access.csv", "get", (302, 403, 403, 404, 404)),
    "incidents": ("/status/incidents/", "get", (302, 200, 200, 200, 200)),
    "incident": ("/status/incidents/0/", "get", (302, 404, 404, 404, 404)),
    "incident_new": ("/status/incidents/new/", "get", (302, 403, 200, 403, 200)),
    "incident_post": ("/status/incidents/0/posts/", "post", (302, 403, 404, 403, 404)),
    "incident_edit": ("/status/incidents/0/edit/", "get", (302, 403, 404, 403, 404)),
    "incident_post_edit": ("/status/incidents/0/posts/0/edit/", "get", (302, 403, 404, 403, 404)),
    "status_subscription": ("/status/subscription/", "post", (302, 302, 302, 302, 302)),
    "status_unsubscribe": ("/status/unsubscribe/0/", "get", (404, 404, 404, 404, 404)),
    "language": ("/preferences/language/", "post", (400, 400, 400, 400, 400)),
    "theme": ("/preferences/theme/", "post", (400, 400, 400, 400, 400)),
    "design": ("/design/", "get", (200, 200, 200, 200, 200)),
    "favicon": ("/favicon.ico", "get", (301, 301, 301, 301, 301)),
    "healthz": ("/healthz", "get", (200, 200, 200, 200, 200)),
    "metrics": ("/metrics", "get", (404, 404, 404, 404, 404)),
    "readyz": ("/readyz", "get", (200, 200, 200, 200, 200)),
}


def names(patterns: list[Any]) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern.pattern} has no name"
            yield pattern.name


def test_no_url_is_missing_from_the_table() -> None:
    assert sorted(names(get_resolver().url_patterns)) == sorted(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_each_url_opens_for_whom_it_should(
    name: str, tanaka: User, sato: User, suzuki: User, takahashi: User, signed_in: SignedIn
) -> None:
    path, method, expected = TABLE[name]
    clients = [Client(), *map(signed_in, (tanaka, sato, suzuki, takahashi))]
    statuses = tuple(getattr(client, method)(path).status_code for client in clients)
    assert statuses == expected


@pytest.mark.parametrize(
    "name", [name for name, row in TABLE.items() if row[2][0] == 302 and row[1] == "get"]
)
def test_whoever_is_not_signed_in_is_asked_to_and_comes_back(name: str, db: None) -> None:
    path = TABLE[name][0]
    assert Client().get(path)["Location"] == f"/accounts/login/?next={path}"


def test_nobody_opens_anything_with_a_session_of_a_person_without_roles(
    tanaka: User, signed_in: SignedIn
) -> None:
    client = signed_in(tanaka)
    tanaka.roles = []
    tanaka.save(update_fields=["roles"])
    for path, method, expected in TABLE.values():
        if expected[0] == 302 and method == "get":
            assert client.get(path).status_code == 403, path


def test_there_is_no_page_that_takes_a_password(db: None) -> None:
    for page in ("signup", "password/reset", "password/change", "3rdparty", "email"):
        path = f"/accounts/{page}/"
        assert Client().get(path).status_code in {302, 404}, path
    assert "password" not in Client().get("/accounts/login/").content.decode().lower()
