"""What is put together once for each language, and what can't get into it."""

from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest
from django.template import TemplateSyntaxError, engines
from django.test import RequestFactory
from django.utils import translation
from django.utils.safestring import mark_safe
from django.utils.translation import gettext_lazy

from portal.access.models import User
from portal.icons import icon, tone_icon
from portal.once import MANY


def rendered(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context, RequestFactory().get("/"))


def test_nothing_of_the_page_gets_into_it() -> None:
    source = "{% once %}[{{ name }}{{ shell.here }}{{ csrf_token }}{{ request.path }}{% csrf_token %}]{% endonce %}"
    assert rendered(source, name="Tanaka") == "[]"


def test_what_it_names_stays_inside() -> None:
    assert rendered("{% once %}{% url 'home' as way %}{{ way }}{% endonce %}[{{ way }}]") == "/[]"


def test_each_language_has_its_own() -> None:
    template = engines["django"].from_string("{% load i18n %}{% once %}{% translate 'Home' %}{% endonce %}")
    found = []
    for language in ("en", "ja", "en"):
        with translation.override(language):
            found.append(template.render())
    assert found == ["Home", "ホーム", "Home"]


def test_it_may_include_components() -> None:
    source = (
        '{% once %}{% include "portal/components/badge.html" with tone="ok" text="Up" only %}{% endonce %}'
    )
    assert 'class="badge tone-ok"' in rendered(source)


def test_a_drawing_is_named_by_its_tone_unless_it_is_named() -> None:
    assert tone_icon("ok") == icon("check")
    assert tone_icon("never heard of") == icon("question")
    assert tone_icon("ok", "minus") == icon("minus")
    assert 'class="icon icon-running icon-small spin"' in icon("running", size="small", spin=True)


def test_a_drawings_name_is_text_even_if_it_was_said_to_be_safe() -> None:
    for name in ("<b>", mark_safe("<b>")):
        assert "<b>" not in icon(name)


def test_it_shows_what_it_names_and_nothing_else_of_the_page() -> None:
    source = "{% once with a=one b='x' %}[{{ a }}{{ b }}{{ one }}{{ two }}{{ request.path }}]{% endonce %}"
    assert rendered(source, one="Tanaka", two="Sato") == "[Tanakax]"


def test_each_value_is_shown_as_what_it_is() -> None:
    template = engines["django"].from_string("{% once with a=one %}{{ a }}{% endonce %}")
    values = (1, True, "1", "<b>", mark_safe("<b>"), None, gettext_lazy("Home"), "Home")
    for _again in range(2):
        with translation.override("en"):
            shown = [template.render({"one": value}) for value in values]
        assert shown == ["1", "True", "1", "&lt;b&gt;", "<b>", "None", "Home", "Home"]


@dataclass
class Step:
    title: str
    parts: list[dict[str, str]]


def test_what_a_value_holds_counts_and_not_which_it_is() -> None:
    template = engines["django"].from_string(
        "{% once with s=step %}{{ s.title }}{% for part in s.parts %}{{ part.name }}{% endfor %}{% endonce %}"
    )
    step = Step("a", [{"name": "<1>"}])
    assert template.render({"step": step}) == "a&lt;1&gt;"
    step.parts.append({"name": "2"})
    assert template.render({"step": step}) == "a&lt;1&gt;2"
    step.parts[0]["name"] = mark_safe("<1>")
    assert template.render({"step": step}) == "a<1>2"


@pytest.mark.parametrize("value", [datetime(2026, 11, 28, tzinfo=UTC), User(), {"a": date(2026, 11, 28)}])
def test_what_may_be_shown_as_something_else_tomorrow_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="can't tell when a"):
        rendered("{% once with a=one %}{{ a }}{% endonce %}", one=value)


def test_it_keeps_no_more_than_so_many() -> None:
    template = engines["django"].from_string("{% once with a=one %}{{ a }}{% endonce %}")
    [node] = template.template.nodelist  # type: ignore[attr-defined]
    for number in range(MANY + 2):
        assert template.render({"one": number}) == f"{number}"
        assert len(node._rendered) <= MANY


@pytest.mark.parametrize("wrong", ["a=one", "with", "with one", "with a=one two", "for a=one"])
def test_a_mistake_in_the_tag_is_said_when_the_template_is_read(wrong: str) -> None:
    with pytest.raises(TemplateSyntaxError, match="once takes nothing"):
        engines["django"].from_string(f"{{% once {wrong} %}}{{% endonce %}}")
