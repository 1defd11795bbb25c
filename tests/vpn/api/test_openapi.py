"""The description of the API is valid, complete, and true."""

import json
import re
from typing import Any

import pytest
from django.test import Client
from openapi_spec_validator import OpenAPIV31SpecValidator

from portal.access.tokens.problems import PROBLEMS
from tests.vpn.api.conftest import Script
from vpn.api.urls import described_patterns, urlpatterns


def test_it_is_a_valid_description(script: Script) -> None:
    OpenAPIV31SpecValidator(script("/api/openapi.json").json()).validate()


def test_every_url_is_in_it_with_the_permission_that_its_guard_asks_for(script: Script) -> None:
    paths = script("/api/openapi.json").json()["paths"]
    found = {path: next(iter(methods.values()))["description"] for path, methods in paths.items()}
    for pattern in described_patterns:
        path = "/api/" + re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", str(pattern.pattern))
        assert f"`{pattern.callback.for_token}`" in found.pop(path)  # type: ignore[attr-defined]
    assert found == {}


def test_it_says_what_may_be_left_out_and_what_values_there_are(script: Script) -> None:
    paths = script("/api/openapi.json").json()["paths"]
    search = {one["name"]: one for one in paths["/api/connections/"]["get"]["parameters"]}
    assert not any(one["required"] for name, one in search.items() if name != "cursor")
    assert search["status"]["schema"]["examples"] == ["connected", "ended", "failed", "unfinished"]
    assert search["since"]["schema"]["examples"][0] == "2026-11-20T10:00:00+09:00"
    moment = {one["name"]: one for one in paths["/api/connections/attribution/"]["get"]["parameters"]}
    assert {name for name, one in moment.items() if one["required"]} == {"at"}
    assert moment["minutes"]["schema"]["enum"] == ["0", "1", "2", "5", "10", "30", "60"]
    summary = {one["name"]: one for one in paths["/api/summary/"]["get"]["parameters"]}
    assert summary["endpoint"]["schema"] == {"type": "string"}


def test_it_names_only_problems_that_exist_and_all_that_a_view_can_raise(script: Script) -> None:
    text = json.dumps(script("/api/openapi.json").json())
    named = set(re.findall(r"urn:problem-type:genkan:([a-z-]+)", text))
    assert named <= set(PROBLEMS)


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda pattern: str(pattern.name))
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
