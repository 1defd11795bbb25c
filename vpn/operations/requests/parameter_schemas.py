"""JSON schemas of the parameters of each kind of operation, for openapi.json: made from the kind's form."""

from typing import Any

from django import forms

from vpn.operation_kinds import KINDS
from vpn.operations.base.fields import LinesField
from vpn.operations.base.kind import OperationKind
from vpn.operations.requests.scripts import fixed_choices
from vpn.person_operations.fields import PeopleField

JsonSchema = dict[str, Any]


def add_kinds(schema: JsonSchema) -> None:
    """Change the schema of a body that names a kind: its ``parameters`` depend on the kind."""
    schema["properties"]["kind"]["enum"] = [kind.slug for kind in KINDS]
    schema["allOf"] = [_kind_schema(kind) for kind in KINDS]


def _kind_schema(kind: OperationKind) -> JsonSchema:
    parameters = {
        "type": "object",
        "description": f"{kind.title}. {kind.summary}",
        "properties": {name: _field_schema(field) for name, field in kind.form.base_fields.items()},
        "additionalProperties": False,
    }
    needed = {"required": ["endpoint_id"]} if kind.needs_endpoint else {}
    return {
        "if": {"properties": {"kind": {"const": kind.slug}}, "required": ["kind"]},
        "then": {"properties": {"parameters": parameters}, **needed},
    }


def _field_schema(field: forms.Field) -> JsonSchema:
    description = ". ".join(str(text) for text in (field.label, field.help_text) if text)
    return _value_schema(field) | ({"description": description} if description else {})


def _value_schema(field: forms.Field) -> JsonSchema:
    """A form reads what a browser sends, so numbers and checkboxes may be text.

    Choices that depend on the endpoint, such as its subnets, can't be listed here.
    """
    choices = fixed_choices(field)
    match field:
        case forms.ChoiceField() if choices:
            numbers = [int(choice) for choice in choices if choice.isdigit()]
            return {"enum": [*choices, *numbers, *([] if field.required else ["", None])]}
        case forms.IntegerField():
            return {
                "type": ["integer", "string", "null"],
                "minimum": field.min_value,
                "maximum": field.max_value,
            }
        case forms.BooleanField():
            return {"type": ["boolean", "string", "null"]}
        case LinesField() | PeopleField():
            return {"type": ["string", "array", "null"], "items": {"type": "string"}}
    return {"type": ["string", "null"]}
