"""Managed prefix lists: what moto leaves out of them.

EC2 API reference, CreateManagedPrefixList and ModifyManagedPrefixList: DryRun, ClientToken, MaxEntries, and that a
change names the version that it was made from. The codes are those that terraform-provider-aws tries again for
(PrefixListVersionMismatch); the one for too many entries isn't published.
"""

import copy
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import ec2_backends
from moto.ec2.responses import EC2Response

TOKENS = "sandbox_client_tokens"


def replacements() -> list[tuple[Any, str, Any]]:
    """What of moto's is replaced, and by what."""
    return [
        (EC2Response, "create_managed_prefix_list", _create(EC2Response.create_managed_prefix_list)),
        (EC2Response, "modify_managed_prefix_list", _modify(EC2Response.modify_managed_prefix_list)),
    ]


def kept_prefix_lists() -> dict[tuple[str, str], dict[str, Any]]:
    """A copy of all, by account and Region."""
    return {
        (account, region): {
            id_: _copy(prefix_list) for id_, prefix_list in backend.managed_prefix_lists.items()
        }
        for account, regions in ec2_backends.items()
        for region, backend in regions.items()
    }


def put_back_prefix_lists(kept: dict[tuple[str, str], dict[str, Any]]) -> None:
    for (account, region), lists in kept.items():
        backend = ec2_backends[account][region]
        backend.managed_prefix_lists = {id_: _copy(prefix_list) for id_, prefix_list in lists.items()}
        setattr(backend, TOKENS, {})


def _copy(prefix_list: Any) -> Any:
    copied = copy.copy(prefix_list)
    copied.entries = copy.deepcopy(prefix_list.entries)
    return copied


def _create(create: Any) -> Any:
    def creating(response: Any) -> ActionResult:
        response.error_on_dryrun()
        backend = response.ec2_backend
        tokens = backend.__dict__.setdefault(TOKENS, {})
        token = response._get_param("ClientToken")
        if token in tokens and tokens[token] in backend.managed_prefix_lists:
            return ActionResult({"PrefixList": backend.managed_prefix_lists[tokens[token]]})
        _check_room(len(response._get_param("Entries", [])), response._get_param("MaxEntries"))
        answer: ActionResult = create(response)
        tokens[token] = next(reversed(backend.managed_prefix_lists))
        return answer

    return creating


def _modify(modify: Any) -> Any:
    def modifying(response: Any) -> ActionResult:
        response.error_on_dryrun()
        id_ = response._get_param("PrefixListId")
        prefix_list = response.ec2_backend.managed_prefix_lists.get(id_)
        if prefix_list is None:
            raise EC2ClientError("InvalidPrefixListID.NotFound", f"The prefix list ID '{id_}' does not exist")
        version = response._get_param("CurrentVersion")
        if version and int(version) != prefix_list.version:
            raise EC2ClientError(
                "PrefixListVersionMismatch", "The prefix list has the incorrect version number."
            )
        added, removed = (response._get_param(name, []) for name in ("AddEntries", "RemoveEntries"))
        present = prefix_list.entries.get(prefix_list.version, [])
        _check_room(len(present) + len(added) - len(removed), prefix_list.max_entries)
        name = prefix_list.prefix_list_name
        answer: ActionResult = modify(response)
        # Moto takes the name away where the request names none.
        prefix_list.prefix_list_name = response._get_param("PrefixListName") or name
        return answer

    return modifying


def _check_room(entries: int, max_entries: str | int | None) -> None:
    if max_entries and entries > int(max_entries):
        raise EC2ClientError(
            "PrefixListMaxEntriesExceeded", "You have exceeded the maximum number of entries."
        )
