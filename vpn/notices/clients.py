"""What one person is told of their own client."""

from collections.abc import Collection
from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _

from vpn.client_versions.releases import Platform, read_platform
from vpn.client_versions.upgrades import platform_label
from vpn.connect_attempts.queries import KnownClient, latest_clients
from vpn.notices.notice import Notice

# Under which name each system has its guide (vpn.guides.systems)
GUIDES: Final = {Platform.WINDOWS: "windows", Platform.MACOS: "macos", Platform.LINUX: "ubuntu"}


def client_notices(usernames: Collection[str], now: datetime) -> list[Notice]:
    """At most one: for the newest client that must be upgraded. Of an unknown client nothing is said."""
    outdated = [client for client in latest_clients(usernames, now) if client.upgrade]
    return [_notice(client) for client in outdated[:1]]


def _notice(client: KnownClient) -> Notice:
    attempt, upgrade = client.attempt, client.upgrade
    system = read_platform(attempt.platform)
    values = {
        "system": platform_label(attempt.platform),
        "version": attempt.client_version,
        "newest": (upgrade.newest or upgrade.minimum) if upgrade else "",
    }
    title = (
        _("Upgrade AWS VPN Client on %(system)s from %(version)s to %(newest)s.")
        if values["system"]
        else _("Upgrade AWS VPN Client from %(version)s to %(newest)s.")
    )
    # The guide says where to get it, and what to do without administrator rights.
    url = f"{reverse('guide', args=[GUIDES[system]])}#install" if system else reverse("guides")
    return Notice(
        "warn",
        title % values,
        str(upgrade.reasons[0]) if upgrade else "",
        url,
        _("How to upgrade"),
    )
