"""What the confirmation page says of each kind: a table of all kinds, and which questions each one answers.

A kind that isn't in the table fails, and so does one that answers a question less or more.
"""

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django.utils.html import escape
from django.utils.translation import override
from openapi_schema_validator import OAS31Validator
from pytest_django import Settings

from portal.access.models import User
from sandbox.company import EMPLOYEES, ENGINEERING
from tests.conftest import SignedIn
from tests.vpn.api.conftest import token_of
from tests.vpn.endpoints_in_database import rule, save_connection, save_endpoint
from tests.vpn.operations.asking import plan
from tests.vpn.operations.certificates import revocation_list
from tests.vpn.operations.kind_cases import KIND_CASES, A, B, C
from vpn.authorization_policy.models import EndpointPolicy
from vpn.connection_log.models import ConnectionTally
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import KINDS, get_form_data, get_kind
from vpn.operation_plans.texts import TOPIC_TITLES
from vpn.operations.base.kind import OperationKind
from vpn.operations.models import Operation, OperationStep
from vpn.operations.requests import services
from vpn.operations.requests.drafts import Draft
from vpn.operations.states import OperationStatus, StepStatus
from vpn.profiles.models import ProfileDownload

pytestmark = pytest.mark.django_db

MISAKI, LIAM = "m.tanaka@example.co.jp", "l.obrien@example.co.jp"


def route(cidr: str, subnet: str, origin: str = "add-route") -> dict[str, Any]:
    return {
        "destination_cidr": cidr,
        "target_subnet": subnet,
        "origin": origin,
        "status": "active",
        "description": "",
    }


def network(subnet: str) -> dict[str, Any]:
    return {
        "association_id": f"cvpn-assoc-{subnet}",
        "subnet_id": subnet,
        "vpc_id": "vpc-0",
        "status": "associated",
        "message": "",
        "security_groups": [],
    }


@pytest.fixture
def endpoint() -> Endpoint:
    """Three subnets, the internet for all employees, a network for engineers, and two people connected."""
    saved = save_endpoint(
        vpc_id="vpc-0",
        authentication=["federated-authentication", "certificate-authentication"],
        authorization_rules=[
            rule("0.0.0.0/0", group=EMPLOYEES.id),
            rule("192.168.9.0/24", group=ENGINEERING.id),
        ],
        target_networks=[network(A), network(B), network(C)],
        routes=[
            line
            for subnet in (A, B, C)
            for line in (
                route("10.0.0.0/16", subnet, "associate"),
                route("0.0.0.0/0", subnet),
                route("192.168.9.0/24", subnet),
            )
        ],
        egress=[
            {"subnet_id": line, "via": "nat-0", "addresses": ["203.0.113.10"], "reasons": []}
            for line in (A, B, C)
        ],
        client_cidr_block="10.8.0.0/16",
        transport_protocol="udp",
        settings={
            "VpcId": "vpc-0",
            "ServerCertificateArn": "arn:aws:acm:ap-northeast-1:123456789012:certificate/one",
            "SecurityGroupIds": ["sg-0a1b2c3d"],
            "AuthenticationOptions": [
                {
                    "Type": "federated-authentication",
                    "FederatedAuthentication": {"SamlProviderArn": "arn:aws:iam::1:saml-provider/old"},
                },
            ],
        },
    )
    EndpointPolicy.objects.create(
        endpoint=saved,
        document="permit(principal, action, resource) when { true };",
        shadow_mode=True,
        status="active",
        seen_at=timezone.now(),
    )
    people = {MISAKI: [EMPLOYEES.id], LIAM: [EMPLOYEES.id, ENGINEERING.id]}
    for number, (username, groups) in enumerate(people.items()):
        user = User.objects.create(username=username, name=username.split("@")[0], groups=groups)
        save_connection(saved, username, connection_id=f"cvpn-connection-{number}")
        ProfileDownload.objects.create(
            user=user,
            endpoint=saved,
            configuration_hash=saved.configuration_hash,
            downloaded_at=timezone.now(),
        )
    ConnectionTally.objects.create(
        bucket=timezone.now(), endpoint_id=saved.endpoint_id, connected=2, seconds=72_000
    )
    return saved


def paused(endpoint: Endpoint) -> Endpoint:
    """As a pause has left it."""
    before = plan("pause-endpoint", endpoint, when="now").plan
    assert before is not None
    pause = Operation.objects.create(
        number=1,
        kind="pause-endpoint",
        endpoint=endpoint,
        status=OperationStatus.SUCCEEDED,
        lock_range=(1, 2),
        before=before.before,
    )
    OperationStep.objects.create(
        operation=pause, position=1, key="x", title="x", status=StepStatus.DONE, acted_at=timezone.now()
    )
    endpoint.target_networks, endpoint.routes, endpoint.egress = [], [], []
    endpoint.save()
    endpoint.live_connections.all().delete()
    return endpoint


def filled(slug: str, endpoint: Endpoint) -> dict[str, str]:
    """The form as it comes, with what the table says."""
    form = get_kind(slug).form(endpoint=endpoint if get_kind(slug).needs_endpoint else None)
    shown = {name: form[name].value() for name in form.fields}
    given = KIND_CASES[slug].data
    if slug == "import-revocation-list":
        given = {"text": revocation_list(1, 2, 3)}
    if slug == "copy-endpoint":
        given = given | {"saml_provider_arn": "arn:aws:iam::123456789012:saml-provider/x"}
    return {name: str(value) for name, value in shown.items() if value not in {None, False}} | given


def planned(slug: str, endpoint: Endpoint) -> Draft:
    if slug == "resume-endpoint":
        endpoint = paused(endpoint)
    draft = plan(slug, endpoint if get_kind(slug).needs_endpoint else None, **filled(slug, endpoint))
    assert draft.plan is not None, draft.form.errors
    return draft


@pytest.fixture
def token(takahashi: User) -> str:
    return token_of(takahashi)


@pytest.fixture
def openapi(token: str) -> dict[str, Any]:
    headers = {"authorization": f"Bearer {token}"}
    saved: dict[str, Any] = Client().get("/api/openapi.json", headers=headers).json()
    return saved


def test_the_table_has_every_kind() -> None:
    assert set(KIND_CASES) == {kind.slug for kind in KINDS}


@pytest.mark.parametrize("slug", KIND_CASES)
def test_each_kind_answers_the_questions_that_it_raises(slug: str, endpoint: Endpoint) -> None:
    draft = planned(slug, endpoint)
    assert draft.plan is not None
    assert {line.topic for line in draft.plan.checks if line.topic} == KIND_CASES[slug].topics
    assert bool(draft.plan.changes) == (not KIND_CASES[slug].reads_only and slug != "unblock-person")
    assert bool(draft.plan.undo) == (not KIND_CASES[slug].reads_only)
    assert bool(draft.plan.disconnects) == KIND_CASES[slug].disconnects


@pytest.mark.parametrize("slug", KIND_CASES)
def test_the_page_shows_what_the_plan_says(
    slug: str, endpoint: Endpoint, signed_in: SignedIn, takahashi: User
) -> None:
    """Each line under its question, each person by name, and how it is undone."""
    with override("en"):
        draft = planned(slug, endpoint)
        assert draft.plan is not None
        said = [str(line.text) for line in draft.plan.checks] + [str(draft.plan.undo)]
        listed = {line.topic for line in draft.plan.checks if line.topic and line.tone != "out"}
        titles = [str(TOPIC_TITLES[topic]) for topic in listed]
    data = {"endpoint": endpoint.endpoint_id, "stage": "plan", **filled(slug, endpoint)}
    page = signed_in(takahashi).post(f"/operations/new/{slug}/", data).content.decode()
    for words in (*said, *(person.name for person in draft.plan.disconnects)):
        assert escape(words) in page
    for title in titles:
        assert f"<dt>{escape(title)}</dt>" in page


@pytest.mark.parametrize("slug", KIND_CASES)
def test_the_page_begins_with_what_people_lose_and_says_it_once(
    slug: str, endpoint: Endpoint, signed_in: SignedIn, takahashi: User
) -> None:
    """The banner has the consequences themselves, the gravest first, and asks for a name where there are any."""
    with override("en"):
        draft = planned(slug, endpoint)
        assert draft.plan is not None
        out = [line for line in draft.plan.checks if line.tone == "out"]
        gravest = [str(line.text) for line in draft.plan.gravest]
    data = {"endpoint": endpoint.endpoint_id, "stage": "plan", **filled(slug, endpoint)}
    page = signed_in(takahashi).post(f"/operations/new/{slug}/", data).content.decode()
    assert {str(line.text) for line in out} == set(gravest)
    places = [page.index(escape(words)) for words in gravest]
    assert places == sorted(places)
    assert all(page.count(escape(words)) == 1 for words in gravest)
    assert not out or (draft.plan.destructive and draft.name_to_type)


MODIFICATIONS = {
    "log_group": "",
    "client_connect_handler": "",
    "vpn_port": "1194",
    "server_certificate_arn": "arn:aws:acm:ap-northeast-1:123456789012:certificate/two",
}


@pytest.mark.parametrize("name", MODIFICATIONS)
def test_what_takes_record_refusals_or_profiles_away_needs_its_name_and_a_second_person(
    name: str, endpoint: Endpoint, settings: Settings, english: None
) -> None:
    settings.OPERATIONS_REQUIRE_APPROVAL = True
    handler = "arn:aws:lambda:ap-northeast-1:123456789012:function:AWSClientVPN-deny"
    endpoint.settings |= {
        "ConnectionLogOptions": {"Enabled": True, "CloudwatchLogGroup": "/vpn/tokyo"},
        "ClientConnectOptions": {"Enabled": True, "LambdaFunctionArn": handler},
    }
    endpoint.save()
    draft = plan("modify-endpoint", endpoint, **{name: MODIFICATIONS[name]})
    assert draft.plan is not None, draft.form.errors
    assert draft.plan.gravest
    assert draft.needs_approval
    assert draft.name_to_type == endpoint.label


def given(slug: str, endpoint: Endpoint) -> dict[str, str]:
    """Only what the table says; the rest stays as the form shows it."""
    names = {*KIND_CASES[slug].data, *(("saml_provider_arn",) if slug == "copy-endpoint" else ())}
    return {name: value for name, value in filled(slug, endpoint).items() if name in names}


@pytest.mark.parametrize("slug", KIND_CASES)
def test_the_command_plans_each_kind_with_the_same_lines(
    slug: str, endpoint: Endpoint, takahashi: User, english: None
) -> None:
    draft, out = planned(slug, endpoint), StringIO()
    options = [f"--{name.replace('_', '-')}={value}" for name, value in given(slug, endpoint).items()]
    if get_kind(slug).needs_endpoint:
        options.append(f"--endpoint={endpoint.label}")
    call_command("operation", slug, *options, "--as", takahashi.username, "--plan", "--json", stdout=out)
    shown = json.loads(out.getvalue())
    assert draft.plan is not None
    assert shown["kind"] == slug
    assert [line["text"] for line in shown["checks"]] == [str(line.text) for line in draft.plan.checks]
    assert {line["topic"] for line in shown["checks"]} - {None} == {
        str(line) for line in KIND_CASES[slug].topics
    }


@pytest.mark.parametrize("slug", KIND_CASES)
def test_the_api_plans_each_kind_as_its_description_says(
    slug: str, endpoint: Endpoint, token: str, openapi: dict[str, Any]
) -> None:
    draft = planned(slug, endpoint)
    body = {"kind": slug, "parameters": given(slug, endpoint)}
    if get_kind(slug).needs_endpoint:
        body["endpoint_id"] = endpoint.endpoint_id
    schema = {"$ref": "#/components/schemas/OperationDraft", "components": openapi["components"]}
    assert list(OAS31Validator(schema).iter_errors(body)) == []
    assert not OAS31Validator(schema).is_valid({**body, "parameters": {"colour": "blue"}})
    answer = Client().post(
        "/api/operations/plan/",
        body,
        content_type="application/json",
        headers={"authorization": f"Bearer {token}", "accept-language": "en"},
    )
    assert answer.status_code == 200, answer.content
    assert draft.plan is not None
    assert len(answer.json()["checks"]) == len(draft.plan.checks)


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.slug)
def test_the_command_s_help_says_each_field_of_each_kind(
    kind: OperationKind, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        call_command("operation", kind.slug, "--help")
    said = " ".join(capsys.readouterr().out.split())
    with override("en"):
        for name, field in kind.form.base_fields.items():
            assert f"--{name.replace('_', '-')}" in said
            assert str(field.label).split()[0] in said
    for option in ("--as", "--reason", "--not-before", "--plan", "--yes", "--wait", "--json"):
        assert option in said
    assert ("--endpoint " in said) == kind.needs_endpoint


@pytest.mark.parametrize("slug", sorted(KIND_CASES))
def test_the_same_can_be_planned_once_more_from_what_the_operation_keeps(
    slug: str, endpoint: Endpoint, takahashi: User, settings: Settings
) -> None:
    """For a second attempt, and for the page of who approves it."""
    draft = planned(slug, endpoint)
    operation = services.request(
        draft=draft, actor=takahashi, reason="x", digest=draft.digest, typed_name=draft.name_to_type
    )
    data = get_form_data(operation)
    assert data is not None
    again = plan(slug, operation.endpoint, **data)
    assert again.plan is not None, again.form.errors
    assert again.stored_parameters == operation.parameters


def test_a_route_that_is_left_over_with_split_tunnel_can_be_deleted_from_the_plan(
    endpoint: Endpoint, signed_in: SignedIn, takahashi: User
) -> None:
    data = {"endpoint": endpoint.endpoint_id, "stage": "plan", **filled("modify-endpoint", endpoint)}
    page = signed_in(takahashi).post("/operations/new/modify-endpoint/", data).content.decode()
    assert f'href="/operations/new/delete-route/?endpoint={endpoint.endpoint_id}"' in page
