"""Query strings of the API. They are read by the forms of the pages, so that a page's URL works for scripts too.

Ninja would read them with schemas of its own: every rule and every error message would then exist twice.
"""

from typing import Any, TypeVar

from django import forms

from portal.access.tokens.problems import ApiError

AnyForm = TypeVar("AnyForm", bound=forms.Form)


def validated(form: AnyForm) -> AnyForm:
    """The same form, if it is valid. Raises ApiError query-invalid with the messages of each parameter."""
    if form.is_valid():
        return form
    errors = {name: [str(message) for message in messages] for name, messages in form.errors.items()}
    raise ApiError("query-invalid", errors=errors)


def openapi_parameters(form: type[forms.Form]) -> list[dict[str, Any]]:
    """The form's fields as OpenAPI parameter objects, described in the current language.

    ``form.filled_in``, if there is one, names fields that the form requires and fills in when they are left out.
    """
    filled_in: frozenset[str] = getattr(form, "filled_in", frozenset())
    return [
        _parameter(name, field, required=field.required and name not in filled_in)
        for name, field in form.base_fields.items()
    ]


def _parameter(name: str, field: forms.Field, *, required: bool) -> dict[str, Any]:
    description = ". ".join(str(text) for text in (field.label, field.help_text) if text)
    parameter = {"name": name, "in": "query", "required": required, "schema": _schema(field)}
    return parameter | ({"description": description} if description else {})


def _schema(field: forms.Field) -> dict[str, Any]:
    """JSON schema of what the field takes. A field of our own may know better: ``openapi_schema``."""
    own: dict[str, Any] | None = getattr(field, "openapi_schema", None)
    if own is not None:
        return own
    match field:
        case forms.ChoiceField():
            values = [str(value) for value, _label in field.choices]  # type: ignore[union-attr,misc]
            return {"type": "string"} | ({"enum": values} if values else {})
        case forms.IntegerField():
            bounds = {"minimum": field.min_value, "maximum": field.max_value}
            return {"type": "integer"} | {key: value for key, value in bounds.items() if value is not None}
        case forms.CharField() if field.max_length:
            return {"type": "string", "maxLength": field.max_length}
    return {"type": "string"}
