"""Where a quota or price is from, in words."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _

from vpn.quotas.limits import NumberSource

QUOTA_ORIGINS: dict[NumberSource, Promise] = {
    NumberSource.DEFAULT: _("AWS's documented default"),
    NumberSource.AWS: _("your account's quota, read %(seen)s"),
    NumberSource.SETTING: _("set in VPN_QUOTAS"),
}
PRICE_ORIGINS: dict[NumberSource, Promise] = {
    NumberSource.DEFAULT: _("a documented price, not from AWS's price list"),
    NumberSource.AWS: _("AWS's price list, read %(seen)s"),
    NumberSource.SETTING: _("set in OPERATION_PRICES"),
}


def quota_origin(source: NumberSource, seen_at: datetime | None) -> str:
    return _with_moment(QUOTA_ORIGINS[source], seen_at)


def price_origin(source: NumberSource, seen_at: datetime | None) -> str:
    return _with_moment(PRICE_ORIGINS[source], seen_at)


def _with_moment(text: Promise, seen_at: datetime | None) -> str:
    moment = date_format(localtime(seen_at), "SHORT_DATETIME_FORMAT") if seen_at else "–"
    return str(text) % {"seen": moment}
