"""Groups and people of an Identity Store."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from moto.identitystore.models import Group, IdentityStoreData, User, identitystore_backends


def set_directory(
    account: str,
    region: str,
    identity_store_id: str,
    *,
    groups: Iterable[Mapping[str, str]],
    users: Iterable[Mapping[str, str]],
) -> None:
    """Replace an Identity Store. Past CreateGroup, which chooses ids of its own: rules name those of the company."""
    store = identitystore_backends[account][region].identity_stores[identity_store_id] = IdentityStoreData()
    for group in groups:
        store.groups[group["id"]] = Group(group["id"], group["name"], [], "", identity_store_id)
    for user in users:
        user_id = str(uuid5(NAMESPACE_URL, user["email"]))
        fields: dict[str, Any] = dict.fromkeys(User._fields, "") | {
            "UserId": user_id,
            "IdentityStoreId": identity_store_id,
            "UserName": user["email"],
            "Name": None,
            "DisplayName": user["name"],
            "Emails": [{"Value": user["email"], "Type": "work", "Primary": True}],
            "Addresses": [],
            "PhoneNumbers": [],
        }
        store.users[user_id] = User(**fields)
