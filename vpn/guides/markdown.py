"""From Markdown to HTML. What an author writes is escaped; placeholders stay in the HTML until a page fills them."""

from collections.abc import Sequence
from typing import Any, Final

from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.token import Token

from vpn.guides.placeholders import COPY_COMMAND, SUCCESS_MARK


def render(tokens: Sequence[Token]) -> str:
    html: str = MARKDOWN.renderer.render(tokens, MARKDOWN.options, {})
    return html


def _verbatim(text: str) -> str:
    # A curly bracket in code is no placeholder.
    return escapeHtml(text).replace("{", "&#123;")


def _code(_renderer: Any, tokens: Sequence[Token], index: int, *_: Any) -> str:
    return f'<code lang="en" translate="no">{_verbatim(tokens[index].content)}</code>'


def _code_block(_renderer: Any, tokens: Sequence[Token], index: int, *_: Any) -> str:
    text = _verbatim(tokens[index].content)
    code = f'<pre class="code" lang="en" translate="no" tabindex="0">{text}</pre>'
    return f'<div class="guide-command">{code}{{{COPY_COMMAND}}}</div>\n'


def _quote_open(*_: Any) -> str:
    """A quote is what the reader sees when a step has worked."""
    return f'<div class="guide-success">{{{SUCCESS_MARK}}}<div>'


def _quote_close(*_: Any) -> str:
    return "</div></div>\n"


def _markdown() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False})
    markdown.add_render_rule("code_inline", _code)
    markdown.add_render_rule("fence", _code_block)
    markdown.add_render_rule("code_block", _code_block)
    markdown.add_render_rule("blockquote_open", _quote_open)
    markdown.add_render_rule("blockquote_close", _quote_close)
    return markdown


MARKDOWN: Final = _markdown()
