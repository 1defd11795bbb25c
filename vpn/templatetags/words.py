"""Lists, labels and brackets with the punctuation of the page's language."""

from collections.abc import Iterable

from django import template

from portal.text import join_words, with_label, with_note

register = template.Library()


@register.filter
def listed(words: Iterable[str]) -> str:
    return join_words(words)


@register.filter
def bracketed(value: object, more: object) -> str:
    """``value``, and ``more`` behind it in brackets."""
    return with_note(str(value), str(more))


@register.filter
def labels(label: object, value: object) -> str:
    """``label`` before ``value``."""
    return with_label(str(label), str(value))
