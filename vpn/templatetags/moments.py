"""Days and moments as people say them."""

from datetime import date, datetime

from django import template

from vpn.moments import format_day, format_moment, format_table_moment

register = template.Library()


@register.filter
def day(value: date | datetime) -> str:
    return format_day(value)


@register.filter
def moment(value: datetime) -> str:
    return format_moment(value)


@register.filter
def table_moment(value: datetime) -> str:
    return format_table_moment(value)
