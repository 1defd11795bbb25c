"""The description of the API is valid, complete, and true."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from portal.access.models import User
from portal.access.permissions import Permission
from portal.access.tokens.problems import PROBLEMS
from tests.vpn.api.conftest import Script, token_of
from vpn.api.urls import urlpatterns
from vpn.operation_kinds import KINDS

# What is for everybody with a token, or for people
NOT_DESCRIBED = {"", "{rest}", "openapi.json", "docs/"}


def test_it_is_a_valid_description(script: Script) -> None:
    OpenAPIV31SpecValidator(script("/api/openapi.json").json()).validate()


def test_every_url_is_in_it_with_the_permission_that_it_needs(script: Script, suzuki: User) -> None:
    paths = script("/api/openapi.json").json()["paths"]
    described = {path: re.sub(r"{\w+}", "x", path) for path in paths}
    routes = {re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern)) for pattern in urlpatterns}
    assert {"/api/" + route for route in routes - NOT_DESCRIBED} == set(described)
    secret = token_of(suzuki, Permission.TOKEN_MANAGE)
    for path, methods in paths.items():
        for method, operation in methods.items():
            url = path.replace("{pk}", "00000000-0000-0000-0000-000000000000").replace("{connection_id}", "x")
            problem = Client().generic(method, url, headers={"authorization": f"Bearer {secret}"}).json()
            assert f"`{problem['permission']}`" in operation["description"]


def test_each_kind_of_operation_is_in_it_with_its_parameters(script: Script) -> None:
    schema = script("/api/openapi.json").json()["components"]["schemas"]["OperationRequest"]
    assert schema["properties"]["kind"]["enum"] == [kind.slug for kind in KINDS]
    parameters = {
        case["if"]["properties"]["kind"]["const"]: set(case["then"]["properties"]["parameters"]["properties"])
        for case in schema["allOf"]
    }
    assert parameters == {kind.slug: set(kind.form.base_fields) for kind in KINDS}


def test_it_is_in_english_for_everybody(script: Script) -> None:
    english = script("/api/openapi.json").content
    secret = script("/api/endpoints/").wsgi_request.headers["Authorization"]
    headers = {"authorization": secret, "accept-language": "ja"}
    assert Client().get("/api/openapi.json", headers=headers).content == english


def test_it_says_what_may_be_left_out_and_what_values_there_are(script: Script) -> None:
    paths = script("/api/openapi.json").json()["paths"]
    search = {parameter["name"]: parameter for parameter in paths["/api/connections/"]["get"]["parameters"]}
    assert not any(parameter.get("required") for parameter in search.values())
    assert search["status"]["schema"]["examples"] == ["connected", "ended", "failed", "unfinished"]
    assert search["since"]["schema"]["examples"][0] == "2026-11-20T10:00:00+09:00"
    moment = {
        parameter["name"]: parameter
        for parameter in paths["/api/connections/attribution/"]["get"]["parameters"]
    }
    assert {name for name, parameter in moment.items() if parameter["required"]} == {"at"}
    assert moment["minutes"]["schema"]["enum"] == ["0", "1", "2", "5", "10", "30", "60"]
    summary = {parameter["name"]: parameter for parameter in paths["/api/summary/"]["get"]["parameters"]}
    assert summary["endpoint"]["schema"] == {"type": "string"}


def test_it_names_only_problems_that_exist_and_all_that_a_view_can_raise(script: Script) -> None:
    text = json.dumps(script("/api/openapi.json").json())
    named = set(re.findall(r"urn:problem-type:genkan:([a-z-]+)", text))
    assert named <= set(PROBLEMS)


@pytest.mark.parametrize(
    "pattern",
    [pattern for pattern in urlpatterns if pattern.name != "api_docs"],
    ids=lambda pattern: str(pattern.name),
)
@pytest.mark.parametrize("method", ["get", "post", "put", "delete", "options"])
@pytest.mark.usefixtures("db")
def test_nothing_below_api_opens_without_a_token(pattern: Any, method: str) -> None:
    path = "/api/" + re.sub(r"<(?:\w+:)?\w+>", "x", str(pattern.pattern))
    client = Client(enforce_csrf_checks=True)
    response = getattr(client, method)(path)
    assert response.status_code == 401
    assert response.json()["id"] == "token-missing"


def test_other_methods_are_refused_with_those_that_are_allowed(script: Script) -> None:
    secret = script("/api/endpoints/").wsgi_request.headers["Authorization"]
    response = Client(enforce_csrf_checks=True).post("/api/endpoints/", headers={"authorization": secret})
    assert (response.status_code, response.json()["id"]) == (405, "method-not-allowed")
    assert response["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("path", ["/api/", "/api/nothing", "/api/endpoints", "/api/endpoints/x/y/"])
def test_what_is_not_there_is_a_problem_too(script: Script, path: str) -> None:
    response = script(path)
    assert (response.status_code, response.json()["id"]) == (404, "not-found")
