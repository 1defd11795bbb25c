"""The kinds of operations in the API's description: which parameters each takes, as its form has them."""

from typing import Any

from django import forms

from vpn.operation_kinds import KINDS
from vpn.operation_kinds.people.fields import PeopleField
from vpn.operations.base.fields import LinesField
from vpn.operations.base.kind import OperationKind
from vpn.operations.requests.scripts import choices_of

Schema = dict[str, Any]


def with_kinds(schema: Schema) -> Schema:
    """The schema of a body that names a kind: its parameters depend on that."""
    kind = {**schema["properties"]["kind"], "enum": [one.slug for one in KINDS]}
    return {
        **schema,
        "properties": {**schema["properties"], "kind": kind},
        "allOf": [_of_kind(one) for one in KINDS],
    }


def _of_kind(kind: OperationKind) -> Schema:
    parameters = {
        "type": "object",
        "description": f"{kind.title}. {kind.summary}",
        "properties": {name: _of_field(field) for name, field in kind.form.base_fields.items()},
        "additionalProperties": False,
    }
    needed = {"required": ["endpoint_id"]} if kind.needs_endpoint else {}
    return {
        "if": {"properties": {"kind": {"const": kind.slug}}, "required": ["kind"]},
        "then": {"properties": {"parameters": parameters}, **needed},
    }


def _of_field(field: forms.Field) -> Schema:
    words = ". ".join(str(text) for text in (field.label, field.help_text) if text)
    return _values_of(field) | ({"description": words} if words else {})


def _values_of(field: forms.Field) -> Schema:
    """A form reads what a browser sends, so numbers and boxes may be text.

    Choices that depend on the endpoint, such as its subnets, can't be listed here.
    """
    choices = choices_of(field)
    match field:
        case forms.ChoiceField() if choices:
            numbers = [int(one) for one in choices if one.isdigit()]
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
