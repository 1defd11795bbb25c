"""The base of every form: its errors say in the product's words what to do, in both languages.

Django's own messages describe the rule ("This field is required"), and their Japanese reads like a machine's.
"""

from typing import Any, Final

from django import forms
from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

NOT_A_CHOICE: Final = _("“%(value)s” isn't among the choices.")
CHOOSE: Final = _("Choose one.")

# What takes the place of Django's own message of that class. A message that a form or a field of ours gives stays.
FIELD_MESSAGES: Final[dict[type[forms.Field], dict[str, Promise]]] = {
    forms.Field: {"required": _("Enter a value.")},
    forms.BooleanField: {"required": _("Tick this box.")},
    forms.ChoiceField: {"required": CHOOSE, "invalid_choice": NOT_A_CHOICE},
    forms.MultipleChoiceField: {
        "required": _("Choose at least one."),
        "invalid_choice": NOT_A_CHOICE,
        "invalid_list": _("Choose from the list."),
    },
    forms.IntegerField: {"invalid": _("Enter a whole number.")},
    forms.DateField: {"invalid": _("Enter a date, like 2026-11-20.")},
    forms.TimeField: {"invalid": _("Enter a time, like 18:30.")},
    forms.DateTimeField: {"invalid": _("Enter a date and time, like 2026-11-20 10:00.")},
    forms.UUIDField: {"invalid": _("This isn't an ID of the portal.")},
    forms.FileField: {
        "required": _("Choose a file."),
        "missing": _("Choose a file."),
        "invalid": _("The file didn't arrive. Choose it again."),
        "empty": _("The file is empty."),
    },
}
# Validators have no class of a field: these go by the error's code. Django's "%(limit_value)d" would show 5000.
VALIDATOR_MESSAGES: Final[dict[str, Promise]] = {
    "max_length": _("Enter at most %(limit_value)s characters (there are %(show_value)s now)."),
    "min_length": _("Enter at least %(limit_value)s characters (there are %(show_value)s now)."),
    "max_value": _("Enter %(limit_value)s or less."),
    "min_value": _("Enter %(limit_value)s or more."),
    "null_characters_not_allowed": _("Remove the control characters."),
}


# By identity: a message that equals Django's but was chosen for a field is as good as ours.
_DJANGOS_OWN: Final = frozenset(
    id(message) for django_class in FIELD_MESSAGES for message in django_class.default_error_messages.values()
)


class PortalForm(forms.Form):
    """A form of the product. A test holds that there is no other kind."""

    def full_clean(self) -> None:
        # Here and not in __init__: many forms add fields after the __init__ of their base class.
        for field in self.fields.values():
            field.error_messages = _messages(field)
        super().full_clean()

    @property
    def error_count(self) -> int:
        """Of messages: a field may have several."""
        return sum(len(messages) for messages in self.errors.values())

    def add_error(self, field: str | None, error: Any) -> None:
        """Also groups the digits of a limit: "36,500", as pages show amounts everywhere else."""
        for part in getattr(error, "error_list", ()):
            if part.params and "limit_value" in part.params:
                part.params = {name: _grouped(value) for name, value in part.params.items()}
        super().add_error(field, error)


def _messages(field: forms.Field) -> dict[str, Any]:
    messages = {**VALIDATOR_MESSAGES, **field.error_messages}
    for field_class in reversed(type(field).__mro__):
        for code, message in FIELD_MESSAGES.get(field_class, {}).items():
            if id(field.error_messages.get(code)) in _DJANGOS_OWN:
                messages[code] = message
    return messages


def _grouped(value: Any) -> Any:
    return number_format(value, force_grouping=True) if isinstance(value, int) else value
