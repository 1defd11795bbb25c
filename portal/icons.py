"""``{% icon %}`` and ``{% tone_icon %}``: drawings from static/portal/icons.svg, each beside a word that says the same.

Tags and not components: a page has dozens of them, and each drawing is always the same text.
"""

from typing import Final

from django import template
from django.templatetags.static import static
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

register = template.Library()

TONES: Final = {"ok": "check", "warn": "warning", "out": "cross", "info": "info"}
DEFAULT_ICON: Final = "question"


@register.simple_tag
def icon(name: str, *, size: str = "", spin: bool = False) -> SafeString:
    """``size``: "small", or as large as usual. A blank follows: the word is beside the drawing."""
    return format_html(
        '<svg class="icon icon-{}{}{}" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>\n',
        escape(name),
        f" icon-{size}" if size else "",
        " spin" if spin else "",
        static("portal/icons.svg"),
        escape(name),
    )


@register.simple_tag
def tone_icon(tone: str, name: str = "") -> SafeString:
    """The drawing of a tone (ok, warn, out, info, unknown), or the one that is named instead."""
    return icon(name or TONES.get(tone, DEFAULT_ICON))
