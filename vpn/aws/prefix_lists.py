"""Customer-managed prefix lists: lists of CIDR blocks that security groups and route tables refer to.

All raise AwsError. ``dry_run`` asks for the permission only. IAM: ec2:DescribeManagedPrefixLists on *;
ec2:GetManagedPrefixListEntries, CreateManagedPrefixList, ModifyManagedPrefixList on the prefix list.
"""

from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vpn.aws.errors import DryRunPassed, translated

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

# The dry run comes before there is a list; AWS looks at the permission only.
NO_PREFIX_LIST = "pl-00000000000000000"


@dataclass(frozen=True)
class PrefixList:
    """``state`` as AWS has it: create-complete, modify-in-progress, … ``version`` changes with the entries."""

    prefix_list_id: str
    name: str
    state: str
    state_message: str
    max_entries: int
    version: int
    owner_id: str


def prefix_lists(client: "EC2Client", *, name: str) -> list[PrefixList]:
    """DescribeManagedPrefixLists: those of this name. AWS lets several have the same."""
    with translated():
        pages = client.get_paginator("describe_managed_prefix_lists").paginate(
            Filters=[{"Name": "prefix-list-name", "Values": [name]}]
        )
        return [
            PrefixList(
                prefix_list_id=raw["PrefixListId"],
                name=raw.get("PrefixListName", ""),
                state=raw.get("State", ""),
                state_message=raw.get("StateMessage", ""),
                max_entries=raw.get("MaxEntries", 0),
                version=raw.get("Version", 0),
                owner_id=raw.get("OwnerId", ""),
            )
            for page in pages
            for raw in page["PrefixLists"]
            # A deleted list is listed for a while.
            if not raw.get("State", "").startswith("delete-")
        ]


def prefix_list_entries(client: "EC2Client", *, prefix_list_id: str) -> list[str]:
    """GetManagedPrefixListEntries: the CIDR blocks of the newest version, sorted."""
    with translated():
        pages = client.get_paginator("get_managed_prefix_list_entries").paginate(PrefixListId=prefix_list_id)
        return sorted(raw["Cidr"] for page in pages for raw in page["Entries"])


def create_prefix_list(
    client: "EC2Client",
    *,
    name: str,
    entries: Collection[str],
    max_entries: int,
    token: str,
    dry_run: bool = False,
) -> None:
    """CreateManagedPrefixList, for IPv4. ``max_entries`` counts against the quotas of whatever refers to the list."""
    # A dry run never succeeds: AWS answers with an error where it would permit the call.
    with suppress(DryRunPassed), translated():
        client.create_managed_prefix_list(
            PrefixListName=name,
            AddressFamily="IPv4",
            MaxEntries=max_entries,
            Entries=[{"Cidr": cidr} for cidr in sorted(entries)],
            ClientToken=token,
            DryRun=dry_run,
        )


def modify_prefix_list(
    client: "EC2Client",
    *,
    prefix_list: PrefixList | None,
    added: Collection[str],
    removed: Collection[str],
    dry_run: bool = False,
) -> None:
    """ModifyManagedPrefixList, from the version that was read. ResourceBusy: somebody has changed it since.

    The call takes no ClientToken; that a version can be left only once is what keeps it from being done twice.
    """
    # A dry run never succeeds: AWS answers with an error where it would permit the call.
    with suppress(DryRunPassed), translated():
        client.modify_managed_prefix_list(
            PrefixListId=prefix_list.prefix_list_id if prefix_list else NO_PREFIX_LIST,
            CurrentVersion=prefix_list.version if prefix_list else 1,
            AddEntries=[{"Cidr": cidr} for cidr in sorted(added)],
            RemoveEntries=[{"Cidr": cidr} for cidr in sorted(removed)],
            DryRun=dry_run,
        )
