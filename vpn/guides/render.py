"""The texts as HTML: whatever an author or a person's data says is escaped, and only our templates add markup."""

from collections.abc import Callable, MutableMapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.common.utils import escapeHtml
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import OptionsDict

from vpn.guides.placeholders import PLACEHOLDER

Env = MutableMapping[str, Any]


@dataclass(frozen=True)
class Filling:
    """``words`` fill the sentences; ``part`` renders the name of a part."""

    words: dict[str, str]
    part: Callable[[str], str]


class _Renderer(RendererHTML):
    """markdown-it's, but with our placeholders. It calls the method that has a token's name."""

    def text(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        filling: Filling = env["filling"]
        return PLACEHOLDER.sub(
            lambda found: f'<strong class="guide-name">{escapeHtml(filling.words[found[1]])}</strong>',
            escapeHtml(tokens[idx].content),
        )

    def code_inline(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        return f'<code lang="en" translate="no">{escapeHtml(tokens[idx].content)}</code>'

    def fence(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        return f'<pre class="code" lang="en" translate="no" tabindex="0">{escapeHtml(tokens[idx].content)}</pre>\n'

    def part(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        filling: Filling = env["filling"]
        return filling.part(tokens[idx].info)

    def blockquote_open(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        """What one sees when it has worked."""
        filling: Filling = env["filling"]
        return f'<div class="guide-success">{filling.part("success_mark")}<div>'

    def blockquote_close(self, tokens: Sequence[Token], idx: int, options: OptionsDict, env: Env) -> str:
        return "</div></div>\n"


_OPTIONS = MarkdownIt("commonmark", {"html": False}).options
_RENDERER = _Renderer()


def html(tokens: Sequence[Token], filling: Filling) -> SafeString:
    return mark_safe(_RENDERER.render(tokens, _OPTIONS, {"filling": filling}))  # noqa: S308 - escaped above


def inline_html(token: Token, filling: Filling) -> SafeString:
    """A heading's words."""
    words = _RENDERER.renderInline(token.children or [], _OPTIONS, {"filling": filling})
    return mark_safe(words)  # noqa: S308 - escaped above
