"""Mistakes in the settings of the VPN, reported by every ``manage.py`` command before it does anything."""

from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import ImproperlyConfigured

from vpn.aws.accounts import accounts_from
from vpn.aws.client_vpn import ANY_TAG
from vpn.aws.deny_list import ANY_ACCOUNT
from vpn.health_events.services import configured_queue
from vpn.notifications.checks import check_notifications
from vpn.operation_plans.costs import check_prices
from vpn.quotas.limits import chosen_limits
from vpn.status_copy.bucket import configured_bucket


@register
def check_settings(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [
        *_accounts(),
        *_tag(),
        *_deny_lists(),
        *_prices(),
        *_quotas(),
        *_health_queue(),
        *_status_copy(),
        *_check_hosts(),
        *check_notifications(),
    ]


def _accounts() -> list[CheckMessage]:
    try:
        accounts_from(settings.VPN_ACCOUNTS, default_region=settings.AWS_REGION)
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="docs/configuration.md shows an example.", id="genkan.E007")]
    return []


def _tag() -> list[CheckMessage]:
    key, equals, _value = settings.VPN_ENDPOINT_TAG.partition("=")
    if settings.VPN_ENDPOINT_TAG == ANY_TAG or (key and equals):
        return []
    message = f'VPN_ENDPOINT_TAG is "{settings.VPN_ENDPOINT_TAG}".'
    return [Error(message, hint="Write key=value, or * for all endpoints.", id="genkan.E008")]


def _deny_lists() -> list[CheckMessage]:
    known = {ANY_ACCOUNT, settings.AWS_REGION, *(entry.get("name") for entry in _entries())}
    unknown = sorted(set(settings.VPN_DENY_LIST_TABLE) - known)
    if not unknown:
        return []
    message = f"VPN_DENY_LIST_TABLE names {', '.join(unknown)}, which VPN_ACCOUNTS doesn't."
    return [Error(message, hint="Use the names of VPN_ACCOUNTS.", id="genkan.E011")]


def _prices() -> list[CheckMessage]:
    try:
        check_prices(settings.OPERATION_PRICES)
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="docs/configuration.md shows an example.", id="genkan.E020")]
    return []


def _quotas() -> list[CheckMessage]:
    try:
        for account in settings.VPN_QUOTAS:
            chosen_limits(account, settings.VPN_QUOTAS)
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="docs/configuration.md shows an example.", id="genkan.E040")]
    return []


def _health_queue() -> list[CheckMessage]:
    try:
        configured_queue()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="docs/configuration.md shows an example.", id="genkan.E041")]
    return []


def _status_copy() -> list[CheckMessage]:
    try:
        configured_bucket()
    except ImproperlyConfigured as error:
        return [Error(str(error), hint="docs/configuration.md shows an example.", id="genkan.E050")]
    return []


def _entries() -> list[dict[str, Any]]:
    return [entry for entry in settings.VPN_ACCOUNTS if isinstance(entry, dict)]


def _check_hosts() -> list[CheckMessage]:
    urls = {"EGRESS_IPV4_URL": settings.EGRESS_IPV4_URL, "EGRESS_IPV6_URL": settings.EGRESS_IPV6_URL}
    errors: list[CheckMessage] = []
    if len({bool(url) for url in urls.values()}) > 1:
        hint = "Set both or neither: one alone would show half of the truth."
        errors.append(
            Error("Only one of EGRESS_IPV4_URL and EGRESS_IPV6_URL is set.", hint=hint, id="genkan.E009")
        )
    for name, url in {"SITE_URL": settings.SITE_URL, **urls}.items():
        host = urlsplit(url).hostname
        if host and host not in settings.ALLOWED_HOSTS and "*" not in settings.ALLOWED_HOSTS:
            hint = f"Add {host} to ALLOWED_HOSTS."
            errors.append(Error(f"The host of {name} is not in ALLOWED_HOSTS.", hint=hint, id="genkan.E010"))
    return errors
