"""Choosing a value that the portal has seen, with a field beside it for one that it hasn't."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.datastructures import MultiValueDict
from django.utils.safestring import SafeString


@dataclass(frozen=True)
class KnownValue:
    """``words``: what people know it by."""

    value: str
    words: str = ""

    @property
    def label(self) -> str:
        return f"{self.words} · {self.value}" if self.words and self.words != self.value else self.value


@dataclass(frozen=True)
class KnownValues:
    """``seen_at``: when the oldest of them was read; None: that isn't known.

    ``others``: too many to choose from at a glance; they are suggested while somebody types.
    """

    values: tuple[KnownValue, ...]
    seen_at: datetime | None = None
    others: tuple[KnownValue, ...] = ()


class KnownValuesWidget(forms.Widget):
    """A select, or with ``several`` a checkbox for each, above a field for what isn't among them.

    Both have the form field's name: whatever was chosen or typed arrives together, with and without JavaScript, and a
    script, a test or an undo may send one text as it would for a plain field.
    """

    def __init__(self, known: KnownValues, *, several: bool = False) -> None:
        super().__init__()
        self.known = known
        self.several = several

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        given = str(value or "").split() if self.several else [str(value or "")]
        offered = {known.value for known in self.known.values}
        rest = [text for text in given if text and text not in offered]
        context = {
            "name": name,
            "id": (attrs or {}).get("id", f"id_{name}"),
            "attrs": {key: text for key, text in (attrs or {}).items() if key.startswith("aria-")},
            "known": self.known,
            "several": self.several,
            "chosen": [text for text in given if text in offered],
            "rest": "\n".join(rest),
        }
        return render_to_string("vpn/known_values/_choice.html", context)

    def value_from_datadict(self, data: Mapping[str, Any], files: Any, name: str) -> Any:
        if name not in data:
            return None
        values = data.getlist(name) if isinstance(data, MultiValueDict) else [data[name]]
        texts = [str(text) for text in values if text]
        if self.several:
            return "\n".join(texts)
        # What is typed comes after the choice, and wins: somebody who typed meant it.
        return texts[-1] if texts else ""


def copied_data(
    data: Mapping[str, Any], unless_given: Mapping[str, str] | None = None
) -> "MultiValueDict[str, Any]":
    """A form's data to be changed before the form reads it; a plain dict would keep one value of each field."""
    given: MultiValueDict[str, Any] = MultiValueDict(
        {name: [text] for name, text in (unless_given or {}).items()}
    )
    for name in data:
        given.setlist(name, data.getlist(name) if isinstance(data, MultiValueDict) else [data[name]])
    return given


def offer(form: forms.Form, name: str, known: KnownValues, *, several: bool = False) -> None:
    """With nothing known the field stays one to type in."""
    if known.values or known.others:
        field = form.fields[name]
        field.widget = KnownValuesWidget(known, several=several)
        field.widget.is_required = field.required
