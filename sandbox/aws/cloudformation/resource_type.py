"""What CloudFormation must know of a type of resource: how it is made, changed, waited for and deleted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from botocore.exceptions import ClientError

from sandbox.aws.cloudformation.api import Api

Properties = Mapping[str, Any]


class ResourceFailedError(Exception):
    """The resource won't become what it should; the text is the event's reason."""


@dataclass(frozen=True)
class Created:
    """``id`` is what Ref gives; ``attributes`` what GetAtt does."""

    id: str
    attributes: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Existing:
    """A resource that is there, for what is done to it."""

    id: str
    attributes: Mapping[str, Any]
    properties: Properties


def _nothing(api: Api, resource: Existing, properties: Properties) -> None:
    """A type of which the sandbox changes nothing but tags: all else replaces it."""
    if {k: v for k, v in resource.properties.items() if k != "Tags"} != {
        k: v for k, v in properties.items() if k != "Tags"
    }:
        raise ResourceFailedError(f"The sandbox does not model this update of {resource.id}")


@dataclass(frozen=True)
class ResourceType:
    """``create(api, properties, name)``: ``name`` is one that AWS would make up from stack and logical id.

    ``tagged``: the EC2 id that takes ``Tags``, of an id and the attributes; None for a type without tags of EC2's.
    """

    create: Callable[[Api, Properties, str], Created]
    delete: Callable[[Api, Existing], object]
    update: Callable[[Api, Existing, Properties], object] = _nothing
    is_ready: Callable[[Api, Existing], bool] = lambda api, resource: True
    is_gone: Callable[[Api, Existing], bool] = lambda api, resource: True
    tagged: Callable[[Existing], str] | None = None


# What AWS answers about a thing that isn't there: deleted by somebody already, which is as good.
NOT_FOUND: Final = ("NotFound", "ResourceNotFoundException", "NoSuchEntity", "NonExistentQueue")


def is_not_found(error: ClientError) -> bool:
    code = str(error.response.get("Error", {}).get("Code", ""))
    return any(word in code for word in NOT_FOUND)


def picked(properties: Properties, *names: str) -> dict[str, Any]:
    return {name: properties[name] for name in names if name in properties}
