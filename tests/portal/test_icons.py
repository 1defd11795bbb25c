"""Drawings beside words."""

from django.utils.safestring import mark_safe

from portal.icons import icon, tone_icon


def test_a_drawing_is_named_by_its_tone_unless_it_is_named() -> None:
    assert tone_icon("ok") == icon("check")
    assert tone_icon("never heard of") == icon("question")
    assert tone_icon("ok", "minus") == icon("minus")
    assert 'class="icon icon-running icon-small spin"' in icon("running", size="small", spin=True)


def test_a_drawings_name_is_text_even_if_it_was_said_to_be_safe() -> None:
    for name in ("<b>", mark_safe("<b>")):
        assert "<b>" not in icon(name)
