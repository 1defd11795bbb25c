"""``{% once %}…{% endonce %}``: what is the same on everybody's page is put together once for each language.

It is rendered with none of the page's variables, so nothing of a person, a request or the database can get into it.
What stands inside must not change while the process lives: no ``{% now %}``.
"""

from django import template
from django.template import Context
from django.template.base import Node, NodeList, Parser, Token
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()


class Once(Node):
    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist
        self._rendered: dict[str | None, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        language = get_language()
        if language not in self._rendered:
            nothing = Context()
            # Whose engine finds what is included; the template that is being rendered always has one.
            nothing.template = context.template
            self._rendered[language] = self.nodelist.render(nothing)
        return self._rendered[language]


@register.tag
def once(parser: Parser, token: Token) -> Once:
    nodelist = parser.parse(["endonce"])
    parser.delete_first_token()
    return Once(nodelist)
