"""What an endpoint's settings are set to, in the words of the form that changes them."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.operation_kinds.endpoint_settings.fields import OFF, ON, ModifyEndpointForm


def value_text(name: str, value: Any) -> str | Promise:
    """``name`` is a field of ModifyEndpointForm, ``value`` as vpn.operations.endpoint_settings has it."""
    field = ModifyEndpointForm.base_fields[name]
    if isinstance(field, forms.ChoiceField):
        text = (ON if value else OFF) if isinstance(value, bool) else str(value)
        labels: Mapping[Any, Any] = dict(field.choices)  # type: ignore[arg-type]
        return str(labels.get(text, labels.get(value, text)))
    if isinstance(value, list):
        value = gettext(", ").join(value)
    return str(value) or _("None")
