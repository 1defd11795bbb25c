"""Days and moments as people say them."""

from datetime import date, datetime

from django import template

from vpn.moments import day_words, moment_words, table_words

register = template.Library()


@register.filter
def day(value: date | datetime) -> str:
    return day_words(value)


@register.filter
def moment(value: datetime) -> str:
    return moment_words(value)


@register.filter
def table_moment(value: datetime) -> str:
    return table_words(value)
