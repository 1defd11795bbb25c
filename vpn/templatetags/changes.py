"""The values of a planned change as people read them. Stored plans have no texts, because those are in one language."""

from django import template
from django.utils.translation import gettext

register = template.Library()

EVERYBODY = "← *"


@register.filter
def in_words(value: str) -> str:
    """A rule for everybody names them; all other values are AWS's and stay."""
    if value.endswith(EVERYBODY):
        return value.removesuffix("*") + gettext("Everyone")
    return value
