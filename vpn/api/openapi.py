"""openapi.json (OpenAPI 3.1): ninja's document, with what the portal's conventions add to each operation.

A router may give these in ``openapi_extra``: ``query``, the form that reads the query string; ``cursor``, whether it
takes one; ``problems``, the ids of problems besides those that every operation may answer with.
"""

import json
import re
from typing import Any, Final

from django.conf import settings
from ninja.openapi.schema import OpenAPISchema
from ninja.operation import Operation

from portal.access.tokens.guard import TokenAuth
from portal.access.tokens.problems import MEDIA_TYPE, PROBLEMS, TYPE
from portal.access.tokens.query_parameters import openapi_parameters

COMMON_PROBLEMS: Final = (
    "token-missing",
    "token-unknown",
    "token-revoked",
    "token-expired",
    "owner-without-access",
    "owner-absent",
    "permission-missing",
    "too-many-requests",
)
PROBLEM_SCHEMA: Final = {
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
        "refusal": {"type": "string"},
        "errors": {
            "type": "object",
            "additionalProperties": {"type": "array", "items": {"type": "string"}},
        },
    },
    "required": ["type", "title", "status", "id", "reference"],
}
CURSOR_PARAMETER: Final = {
    "name": "cursor",
    "in": "query",
    "description": "Where to go on: part of the link in next, and valid for the same query only",
    "schema": {"type": "string"},
}


class OpenAPIDocument(OpenAPISchema):
    """The document as a dict, described in the current language."""

    def __init__(self, api: Any, path_prefix: str) -> None:
        super().__init__(api, path_prefix)
        self["info"] = {
            "title": "Genkan",
            "version": settings.VERSION,
            "description": "Connections, endpoints and addresses of the company's AWS Client VPN. "
            "Moments are RFC 3339. Members may be added to responses; none is renamed or removed.",
        }
        self["servers"] = [{"url": settings.SITE_URL}]
        self["components"]["schemas"]["Problem"] = PROBLEM_SCHEMA
        # Names that generated clients have: `Connection`, not the name of our class `ConnectionSchema`.
        self.update(json.loads(re.sub(r'(\w)Schema"', r'\1"', json.dumps(self))))

    def methods(self, operations: list[Operation]) -> dict[str, Any]:
        """Without HEAD, which every GET of a JSON document answers too: ids of operations must be unique."""
        return {name: details for name, details in super().methods(operations).items() if name != "head"}

    def operation_details(self, operation: Operation) -> dict[str, Any]:
        details: dict[str, Any] = super().operation_details(operation)
        form = details.pop("query", None)
        if form is not None:
            details["parameters"] += openapi_parameters(form)
        if details.pop("cursor", False):
            details["parameters"].append(CURSOR_PARAMETER)
        details["description"] = f"{operation.description or ''} {_permission_text(operation)}".strip()
        details["responses"][200]["description"] = operation.summary
        details["responses"] |= _problem_responses([*COMMON_PROBLEMS, *details.pop("problems", ())])
        return details


def _permission_text(operation: Operation) -> str:
    [auth] = operation.auth_callbacks
    if isinstance(auth, TokenAuth) and auth.permission:
        return f"Needs the permission `{auth.permission}`."
    return "Any valid token may ask."


def _problem_responses(ids: list[str]) -> dict[int, Any]:
    """Responses by status, each with the ids that a problem may have here."""
    by_status: dict[int, list[str]] = {}
    for problem_id in ids:
        by_status.setdefault(PROBLEMS[problem_id].status.value, []).append(problem_id)
    return {status: _problem_response(by_status[status]) for status in sorted(by_status)}


def _problem_response(ids: list[str]) -> dict[str, Any]:
    narrowed = {"properties": {"id": {"enum": ids}, "type": {"enum": [TYPE + name for name in ids]}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Problem"}, narrowed]}
    return {"description": ", ".join(ids), "content": {MEDIA_TYPE: {"schema": schema}}}
