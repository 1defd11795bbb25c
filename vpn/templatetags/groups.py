"""``{% group id %}``: a group's name with its id, or the id where the directory has no name for it."""

from django import template

from vpn.directory.queries import group_names

register = template.Library()
# Where a page keeps the names, so that a table asks for them once
KEY = "vpn.group_names"


@register.simple_tag(takes_context=True)
def group(context: template.Context, group_id: str) -> str:
    names = context.render_context.get(KEY)
    if names is None:
        names = context.render_context[KEY] = group_names()
    return str(names.label(group_id))
