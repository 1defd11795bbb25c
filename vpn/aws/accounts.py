"""The accounts and regions that the portal reads and changes, from VPN_ACCOUNTS."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

FIELDS: Final = frozenset({"name", "region", "role_arn", "operate_role_arn", "external_id"})


@dataclass(frozen=True)
class Account:
    """An account in one region. ``name`` is unique, the portal's own, and kept in the database.

    ``role_arn`` empty: the default credentials' own account. ``operate_role_arn`` is for changes; empty: ``role_arn``.
    """

    name: str
    region: str
    role_arn: str = ""
    external_id: str = ""
    operate_role_arn: str = ""


def configured() -> list[Account]:
    """The accounts of VPN_ACCOUNTS, in its order. Raises ImproperlyConfigured."""
    return accounts_from(settings.VPN_ACCOUNTS, default_region=settings.AWS_REGION)


def get(name: str) -> Account | None:
    """The account of this name, or None where VPN_ACCOUNTS doesn't have it. Raises ImproperlyConfigured."""
    return next((account for account in configured() if account.name == name), None)


def accounts_from(entries: list[Any], *, default_region: str) -> list[Account]:
    """Raises ImproperlyConfigured with what to write. No entries: the default credentials' account."""
    if not entries:
        return [Account(name=default_region, region=default_region)]
    accounts = [_account(entry, default_region) for entry in entries]
    if len({account.name for account in accounts}) != len(accounts):
        raise ImproperlyConfigured("VPN_ACCOUNTS: each entry needs a name of its own.")
    if len({(account.role_arn, account.region) for account in accounts}) != len(accounts):
        raise ImproperlyConfigured("VPN_ACCOUNTS: two entries name the same role_arn and region.")
    return accounts


def _account(entry: object, default_region: str) -> Account:
    if not isinstance(entry, Mapping) or not all(isinstance(value, str) for value in entry.values()):
        raise ImproperlyConfigured('VPN_ACCOUNTS: each entry must look like {"name": "…", "region": "…"}.')
    unknown = set(entry) - FIELDS
    if unknown or not entry.get("name"):
        raise ImproperlyConfigured(
            f"VPN_ACCOUNTS: an entry has {', '.join(sorted(unknown)) or 'no name'}; "
            "it may have name (required), region, role_arn, operate_role_arn, external_id."
        )
    if entry.get("external_id") and not (entry.get("role_arn") or entry.get("operate_role_arn")):
        raise ImproperlyConfigured(f"VPN_ACCOUNTS: {entry['name']} has an external_id but no role_arn.")
    return Account(
        name=entry["name"],
        region=entry.get("region") or default_region,
        role_arn=entry.get("role_arn", ""),
        external_id=entry.get("external_id", ""),
        operate_role_arn=entry.get("operate_role_arn", ""),
    )
