"""``{% once %}…{% endonce %}``: what is the same on many pages is put together once.

It is rendered with none of the page's variables but those that it names, so nothing else of a person, a request or the
database can get into it: ``{% once with steps=checklist.steps %}`` is rendered once for each language and all that
``steps`` has held. Values are texts, whole numbers, and dataclasses, lists or dicts of them. A moment isn't among them:
its words change while it stays what it is. Nor may anything inside change while the process lives: no ``{% now %}``.
"""

from collections.abc import Hashable
from dataclasses import fields, is_dataclass
from functools import lru_cache
from typing import Any, Final

from django import template
from django.template import Context
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import get_language

register = template.Library()

# For each place in a template. What comes once more after as many others is put together anew.
MANY: Final = 256


class Once(Node):
    child_nodelists = ("nodelist",)

    def __init__(self, nodelist: NodeList, values: dict[str, FilterExpression]) -> None:
        self.nodelist = nodelist
        self._values = values
        self._rendered: dict[Hashable, SafeString] = {}

    def render(self, context: Context) -> SafeString:
        values = {name: value.resolve(context) for name, value in self._values.items()}
        key = (get_language(), *map(_identity, values.values()))
        found = self._rendered.get(key)
        if found is None:
            found = self._render(values, context)
            if len(self._rendered) >= MANY:
                self._rendered.clear()
            self._rendered[key] = found
        return found

    def _render(self, values: dict[str, Any], context: Context) -> SafeString:
        alone = Context(values)
        # Whose engine finds what is included; the template that is being rendered always has one.
        alone.template = context.template
        return self.nodelist.render(alone)


def _identity(value: Any) -> Hashable:
    """Equal only for what is shown as the same: a text that is safe HTML is another than that text."""
    match value:
        case Promise():
            return _identity(str(value))
        case str() | int() | None:
            return type(value), value
        case list() | tuple():
            return tuple(map(_identity, value))
        case dict():
            return tuple((name, _identity(one)) for name, one in value.items())
    return type(value), *[_identity(getattr(value, name)) for name in _fields(type(value))]  # type: ignore[arg-type]


@lru_cache
def _fields(kind: type) -> tuple[str, ...]:
    if not is_dataclass(kind):
        raise TypeError(f"{{% once %}} can't tell when a {kind.__name__} is shown as something else")
    return tuple(field.name for field in fields(kind))


@register.tag
def once(parser: Parser, token: Token) -> Once:
    words = token.split_contents()[1:]
    named = words[1:] if words[:1] == ["with"] else []
    values = token_kwargs(named[:], parser)
    if len(values) != len(named) or bool(words) != bool(values):
        raise template.TemplateSyntaxError("once takes nothing, or: with name=value …")
    nodelist = parser.parse(["endonce"])
    parser.delete_first_token()
    return Once(nodelist, values)
