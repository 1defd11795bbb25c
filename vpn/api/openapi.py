"""openapi.json (OpenAPI 3.1), made from the descriptions of the views; nothing in it is written twice."""

import re
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from django import forms
from django.urls import URLPattern

from portal.access.tokens.problems import MEDIA_TYPE, PROBLEMS, TYPE
from vpn.api.describe import Described, descriptions
from vpn.api.operation_kinds import with_kinds
from vpn.connection_log.search.fields import MomentField, OpenChoiceField
from vpn.connection_log.search.forms import ConnectionSearchForm

# What every view may answer besides what it is for
COMMON: Final = (
    "token-missing",
    "token-unknown",
    "token-revoked",
    "token-expired",
    "owner-without-access",
    "owner-absent",
    "permission-missing",
    "too-many-requests",
)
PLACEHOLDER: Final = re.compile(r"<(?:\w+:)?(\w+)>")
REFERENCE: Final = "#/components/schemas/{name}"
PROBLEM: Final = {
    "type": "object",
    "description": "Problem details (RFC 9457). Compare id; title is in the language of Accept-Language.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "id": {"type": "string"},
        "reference": {"type": "string", "description": "What to give the helpdesk"},
        "detail": {"type": "string"},
        "permission": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "required": ["type", "title", "status", "id", "reference"],
}
OF_A_KIND: Final = ("OperationDraft", "OperationRequest")
CURSOR: Final = {
    "name": "cursor",
    "in": "query",
    "description": "Where to go on: part of the link in next, and good for the same query only",
    "schema": {"type": "string"},
}


def document(patterns: Iterable[URLPattern], *, prefix: str, server: str, version: str) -> dict[str, Any]:
    """The description of all ``patterns`` that are described, mounted below ``prefix``."""
    found = [(pattern, about) for pattern in patterns for about in descriptions(pattern.callback)]
    kinds = {kind for _, about in found for kind in (about.answer, about.body) if kind is not None}
    _, schemas = msgspec.json.schema_components(sorted(kinds, key=_name), ref_template=REFERENCE)
    schemas |= {name: with_kinds(schemas[name]) for name in OF_A_KIND if name in schemas}
    paths: dict[str, Any] = {}
    for pattern, about in found:
        path = prefix + PLACEHOLDER.sub(r"{\1}", str(pattern.pattern))
        paths.setdefault(path, {})[about.method.lower()] = _operation(pattern, about)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Genkan",
            "version": version,
            "description": "Connections, endpoints and addresses of the company's AWS Client VPN. "
            "Moments are RFC 3339. Members may be added to answers; none is renamed or removed.",
        },
        "servers": [{"url": server}],
        "security": [{"token": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer", "description": "An API token, made at /tokens/"}
            },
            "schemas": schemas | {"Problem": PROBLEM},
        },
    }


def _operation(pattern: URLPattern, about: Described) -> dict[str, Any]:
    placeholders = PLACEHOLDER.findall(str(pattern.pattern))
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in placeholders
    ]
    parameters += _query(about.query) if about.query else []
    if about.paged:
        parameters.append(CURSOR)
    operation: dict[str, Any] = {
        "operationId": _id(pattern, about),
        "summary": about.summary,
        "description": _says_who(about),
        "parameters": parameters,
        "responses": {
            "200": {
                "description": about.summary,
                "content": {about.media_type.partition(";")[0]: {"schema": _answer(about)}},
            }
        }
        | _refusals(about),
    }
    if about.body is not None:
        content = {"application/json": {"schema": {"$ref": _reference(about.body)}}}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _answer(about: Described) -> dict[str, Any]:
    return {"$ref": _reference(about.answer)} if about.answer else {"type": "string"}


def _id(pattern: URLPattern, about: Described) -> str:
    """The URL's name; for the second view there, with its method."""
    name = str(pattern.name).removeprefix("api_")
    return name if about == descriptions(pattern.callback)[0] else f"{name}_{about.method.lower()}"


def _says_who(about: Described) -> str:
    who = (
        f"Needs the permission `{about.permission}`." if about.permission else "Any token that works may ask."
    )
    return f"{about.description} {who}".strip()


def _refusals(about: Described) -> dict[str, Any]:
    """By status, each with the ids that it may have here."""
    ids: dict[str, list[str]] = {}
    asked = ("query-invalid",) if about.query else ()
    paged = ("cursor-invalid",) if about.paged else ()
    sent = ("body-invalid",) if about.body else ()
    for problem_id in dict.fromkeys((*COMMON, *about.problems, *asked, *paged, *sent)):
        ids.setdefault(str(PROBLEMS[problem_id].status.value), []).append(problem_id)
    return {status: _refusal(known) for status, known in sorted(ids.items())}


def _refusal(ids: list[str]) -> dict[str, Any]:
    narrowed = {"properties": {"id": {"enum": ids}, "type": {"enum": [TYPE + one for one in ids]}}}
    schema = {"allOf": [{"$ref": REFERENCE.format(name="Problem")}, narrowed]}
    return {"description": ", ".join(ids), "content": {MEDIA_TYPE: {"schema": schema}}}


def _query(form: type[forms.Form]) -> list[dict[str, Any]]:
    """A search fills in the range that is left out."""
    fills_in = issubclass(form, ConnectionSearchForm)
    return [
        _parameter(name, field, required=field.required and not fills_in)
        for name, field in form.base_fields.items()
    ]


def _parameter(name: str, field: forms.Field, *, required: bool) -> dict[str, Any]:
    words = ". ".join(str(text) for text in (field.label, field.help_text) if text)
    parameter: dict[str, Any] = {
        "name": name,
        "in": "query",
        "required": required,
        "schema": _schema(field),
    }
    return parameter | ({"description": words} if words else {})


def _schema(field: forms.Field) -> dict[str, Any]:
    match field:
        case forms.MultipleChoiceField():
            return {"type": "array", "items": {"type": "string", "enum": _values(field)}}
        case forms.ChoiceField():
            return {"type": "string"} | ({"enum": values} if (values := _values(field)) else {})
        case OpenChoiceField():
            known = [value for value, _words in field.choices]
            return {"type": "string", "maxLength": field.max_length} | ({"examples": known} if known else {})
        case MomentField():
            return {"type": "string", "examples": ["2026-11-20T10:00:00+09:00", "2026-11-20T10:00"]}
        case forms.IntegerField():
            bounds = {"minimum": field.min_value, "maximum": field.max_value}
            return {"type": "integer"} | {key: value for key, value in bounds.items() if value is not None}
        case forms.BooleanField():
            return {"type": "boolean"}
        case forms.CharField() if field.max_length:
            return {"type": "string", "maxLength": field.max_length}
    return {"type": "string"}


def _values(field: forms.ChoiceField) -> list[str]:
    return [str(value) for value, _words in field.choices]  # type: ignore[union-attr,misc]


def _name(kind: type) -> str:
    return kind.__name__


def _reference(kind: type) -> str:
    return REFERENCE.format(name=_name(kind))
