"""What every form of the product says when something is wrong."""

import ast
from pathlib import Path
from typing import Any

import pytest
from django import forms
from django.utils import translation

from portal.forms import PortalForm

ROOT = Path(__file__).resolve().parent.parent.parent


class EveryField(PortalForm):
    reason = forms.CharField(max_length=255, min_length=2)
    days = forms.IntegerField(max_value=36_500, min_value=1, required=False)
    day = forms.DateField(required=False)
    time = forms.TimeField(required=False)
    endpoint = forms.ChoiceField(choices=[("tokyo", "tokyo-main")], required=False)
    weekdays = forms.MultipleChoiceField(choices=[("1", "1")], required=False)
    sure = forms.BooleanField(required=False)
    own = forms.CharField(error_messages={"required": "Say why."})


def errors(language: str, **data: Any) -> dict[str, list[str]]:
    with translation.override(language):
        form = EveryField({"reason": "night pause", "own": "x", **data})
        return {name: [str(message) for message in messages] for name, messages in form.errors.items()}


@pytest.mark.parametrize(
    ("data", "japanese", "english"),
    [
        ({"reason": ""}, "入力してください。", "Enter a value."),
        (
            {"reason": "x" * 5000},
            "255文字以内で入力してください（現在5,000文字）。",
            "Enter at most 255 characters (there are 5,000 now).",
        ),
        (
            {"reason": "x"},
            "2文字以上で入力してください（現在1文字）。",
            "Enter at least 2 characters (there are 1 now).",
        ),
        ({"reason": "a\0b"}, "制御文字を取り除いてください。", "Remove the control characters."),
        ({"days": "40000"}, "36,500以下の値を入力してください。", "Enter 36,500 or less."),
        ({"days": "0"}, "1以上の値を入力してください。", "Enter 1 or more."),
        ({"days": "two"}, "整数を入力してください。", "Enter a whole number."),
        ({"day": "soon"}, "日付を入力してください（例：2026/11/20）。", "Enter a date, like 2026-11-20."),
        ({"time": "25:00"}, "時刻を入力してください（例：18:30）。", "Enter a time, like 18:30."),
        (
            {"endpoint": "osaka"},
            "「osaka」は選択肢にありません。",
            "“osaka” isn't among the choices.",
        ),
        ({"weekdays": ["9"]}, "「9」は選択肢にありません。", "“9” isn't among the choices."),
    ],
)
def test_an_error_says_what_to_do_in_both_languages(
    data: dict[str, Any], japanese: str, english: str
) -> None:
    assert list(errors("ja", **data).values()) == [[japanese]]
    assert list(errors("en", **data).values()) == [[english]]


def test_a_message_that_was_chosen_for_a_field_stays() -> None:
    assert errors("en", own="") == {"own": ["Say why."]}


def test_a_field_that_a_form_adds_later_speaks_the_same() -> None:
    form = EveryField({"reason": "night pause", "own": "x"})
    form.fields["later"] = forms.ChoiceField(choices=[("a", "a")])
    with translation.override("en"):
        assert form.errors == {"later": ["Choose one."]}


def test_there_is_no_other_kind_of_form() -> None:
    """An error from a form of Django's own would be the only one of its page that reads like a machine's."""
    others = [
        f"{path.relative_to(ROOT)}: {node.name}"
        for folder in ("portal", "vpn")
        for path in (ROOT / folder).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ClassDef)
        for base in node.bases
        if ast.unparse(base) in {"forms.Form", "Form", "ModelForm", "forms.ModelForm"}
    ]
    assert others == ["portal/forms.py: PortalForm"]
