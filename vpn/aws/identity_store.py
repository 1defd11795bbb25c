"""Reading groups and people of the company's directory, the Identity Store.

IAM: identitystore:ListGroups, identitystore:ListUsers, in the account and Region of IAM Identity Center.
"""

from typing import TYPE_CHECKING, Any

from vpn.aws import snapshots
from vpn.aws.errors import translated

if TYPE_CHECKING:
    from vpn.aws.session import IdentityStoreClient


def groups(client: "IdentityStoreClient", *, identity_store_id: str) -> list[snapshots.IdentityStoreGroup]:
    """ListGroups, all pages. Raises AwsError."""
    with translated():
        pages = client.get_paginator("list_groups").paginate(IdentityStoreId=identity_store_id)
        return [
            # A group that came from elsewhere may have no name of its own.
            snapshots.IdentityStoreGroup(raw["GroupId"], raw.get("DisplayName", ""))
            for page in pages
            for raw in page["Groups"]
        ]


def users(client: "IdentityStoreClient", *, identity_store_id: str) -> list[snapshots.IdentityStoreUser]:
    """ListUsers, all pages. Raises AwsError."""
    with translated():
        pages = client.get_paginator("list_users").paginate(IdentityStoreId=identity_store_id)
        return [_user(raw) for page in pages for raw in page["Users"]]


def _user(raw: Any) -> snapshots.IdentityStoreUser:
    emails = raw.get("Emails") or []
    primary = [email.get("Value", "") for email in emails if email.get("Primary")]
    others = [email.get("Value", "") for email in emails]
    return snapshots.IdentityStoreUser(
        user_id=raw["UserId"],
        username=raw.get("UserName", ""),
        name=raw.get("DisplayName", ""),
        email=next(iter(primary + others), ""),
    )
