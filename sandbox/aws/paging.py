"""``MaxResults``, ``NextToken`` and ``Filters`` of the Describe actions.

A token remembers the last item shown, not an offset: what is deleted between two pages shifts nothing.
"""

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final, Protocol, TypeVar

from sandbox.aws.call import Call
from sandbox.aws.errors import AwsError

# EC2 API reference: MaxResults is between 5 and 1000.
PAGE_SIZES: Final = range(5, 1001)


class Numbered(Protocol):
    number: int


Item = TypeVar("Item", bound=Numbered)


def page(
    call: Call, key: str, items: Sequence[Item], describe: Callable[[Item], dict[str, Any]]
) -> dict[str, Any]:
    """The answer's page of ``items`` under ``key``, with ``NextToken`` only when more follow."""
    after = _read_token(call)
    rest = sorted((item for item in items if item.number > after), key=lambda item: item.number)
    size = _page_size(call)
    answer: dict[str, Any] = {key: [describe(item) for item in rest[:size]]}
    if len(rest) > size:
        answer["NextToken"] = _token(call, rest[size - 1].number)
    return answer


def filtered(call: Call, items: Sequence[Item], values: dict[str, Callable[[Item], str]]) -> list[Item]:
    """The items that match every filter; ``*`` and ``?`` are wildcards, as everywhere in EC2."""
    kept = list(items)
    for wanted in call.params.get("Filters") or []:
        value = values.get(wanted.get("Name", ""))
        if value is None:
            raise AwsError("InvalidFilter", f"The filter '{wanted.get('Name')}' is invalid")
        patterns = wanted.get("Values") or []
        kept = [item for item in kept if any(fnmatchcase(value(item), pattern) for pattern in patterns)]
    return kept


def _page_size(call: Call) -> int:
    size = call.params.get("MaxResults")
    if size is None:
        return PAGE_SIZES[-1]
    if int(size) not in PAGE_SIZES:
        raise AwsError(
            "InvalidMaxResults", f"Value ( {size} ) for parameter maxResults is invalid. Expected 5 to 1000"
        )
    return int(size)


def _scope(call: Call) -> list[str]:
    return [call.action, call.region.account, call.region.name, call.text("ClientVpnEndpointId")]


def _token(call: Call, number: int) -> str:
    return base64.urlsafe_b64encode(json.dumps([*_scope(call), number]).encode()).decode()


def _read_token(call: Call) -> int:
    if not call.text("NextToken"):
        return 0
    try:
        *scope, number = json.loads(base64.urlsafe_b64decode(call.text("NextToken")))
    except (binascii.Error, ValueError, TypeError):
        scope, number = [], None
    # A token of another action, account or endpoint is refused: it would go on in the middle of another list.
    if scope != _scope(call) or not isinstance(number, int):
        raise AwsError("InvalidPaginationToken", "The specified pagination token is not valid")
    return number
