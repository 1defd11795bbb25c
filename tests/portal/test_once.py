"""What is put together once for each language, and what can't get into it."""

from django.template import engines
from django.test import RequestFactory
from django.utils import translation
from django.utils.safestring import mark_safe

from portal.icons import icon, tone_icon


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
