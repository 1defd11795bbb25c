"""What all work on a stack needs, and its deletions: of everything, or of what an update leaves over."""

from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from sandbox.aws.cloudformation import records
from sandbox.aws.cloudformation.api import Api
from sandbox.aws.cloudformation.client_vpn_types import CLIENT_VPN_TYPES
from sandbox.aws.cloudformation.network_types import NETWORK_TYPES
from sandbox.aws.cloudformation.other_types import OTHER_TYPES
from sandbox.aws.cloudformation.records import Stack, StackEvent, StackResource
from sandbox.aws.cloudformation.resource_type import (
    Existing,
    ResourceFailedError,
    ResourceType,
    is_not_found,
)
from sandbox.aws.errors import AwsError

TYPES: Final[dict[str, ResourceType]] = NETWORK_TYPES | CLIENT_VPN_TYPES | OTHER_TYPES
STACK_TYPE: Final = "AWS::CloudFormation::Stack"
# The last three: a template that lacks a property which its type needs, or has another kind of value there.
FAILURES: Final = (
    ClientError,
    BotoCoreError,
    ResourceFailedError,
    AwsError,
    LookupError,
    TypeError,
    ValueError,
)
# What a stack's failure turns into, and what follows when all garbage is gone.
FAILED: Final = {
    records.CREATING: records.ROLLING_BACK,
    records.UPDATING: records.UPDATE_ROLLING_BACK,
    records.UPDATE_ROLLING_BACK: "UPDATE_ROLLBACK_FAILED",
    records.ROLLING_BACK: "ROLLBACK_FAILED",
    records.DELETING: "DELETE_FAILED",
}
ENDS: Final = {
    records.ROLLING_BACK: "ROLLBACK_COMPLETE",
    records.DELETING: records.DELETED,
    records.CLEANING_UP: "UPDATE_COMPLETE",
    records.UPDATE_ROLLBACK_CLEANING_UP: "UPDATE_ROLLBACK_COMPLETE",
}


class StackWork:
    """One stack in progress, and AWS as its owner may call it."""

    def __init__(self, stack: Stack, api: Api) -> None:
        self.stack = stack
        self.api = api

    def begin_deletion(self) -> None:
        """The resources become what is to be deleted."""
        self.stack.replaced = {}
        self.discard_everything()

    def discard_everything(self) -> None:
        stack = self.stack
        stack.garbage += [made for made in stack.resources.values() if made.physical_id]
        stack.resources = {}

    def clear(self) -> bool:
        stack, moved = self.stack, False
        for resource in list(stack.garbage):
            # What is kept, too, has its turn only when nothing needs it: what it needs is deleted after that.
            if any(resource.logical_id in other.depends_on for other in stack.garbage):
                continue
            if self._policy(resource).startswith("Retain"):
                self.add_event(resource, "DELETE_SKIPPED")
                stack.garbage.remove(resource)
                moved = True
                continue
            moved = self._delete(resource) or moved
            if stack.status not in ENDS:
                return True
        if not stack.garbage:
            self.end(ENDS[stack.status])
            return True
        return moved

    def _policy(self, resource: StackResource) -> str:
        """A resource that has been replaced goes by UpdateReplacePolicy, all others by DeletionPolicy."""
        is_replaced = self.stack.replaced.get(resource.logical_id) is resource
        policy = resource.replace_policy if is_replaced else resource.deletion_policy
        if policy == "RetainExceptOnCreate" and self.stack.status == records.ROLLING_BACK:
            return "Delete"
        return policy

    def _delete(self, resource: StackResource) -> bool:
        kind, made = TYPES[resource.type], existing(resource)
        try:
            if resource.status != "DELETE_IN_PROGRESS":
                self.add_event(resource, "DELETE_IN_PROGRESS")
                kind.delete(self.api, made)
            gone = kind.is_gone(self.api, made)
        except FAILURES as error:
            gone = isinstance(error, ClientError) and is_not_found(error)
            if not gone:
                self._deletion_failed(resource, failure_reason(error))
                return True
        if gone:
            self.add_event(resource, "DELETE_COMPLETE")
            self.stack.garbage.remove(resource)
        return gone

    def _deletion_failed(self, resource: StackResource, reason: str) -> None:
        stack = self.stack
        self.add_event(resource, "DELETE_FAILED", reason)
        if stack.status in FAILED:
            stack.status = FAILED[stack.status]
            stack.reason = f"The following resource(s) failed to delete: [{resource.logical_id}]. {reason}"
            # What is left stays the stack's, so that the deletion can be tried again.
            stack.resources = {left.logical_id: left for left in stack.garbage}
            stack.garbage = []
            add_stack_event(stack, stack.reason)
        else:
            # A clean-up after an update leaves behind what it can't delete (user guide, "Stack status codes").
            stack.garbage.remove(resource)

    def end(self, status: str) -> None:
        stack, now = self.stack, datetime.now(UTC)
        stack.status = status
        stack.before, stack.replaced = None, {}
        if status == records.DELETED:
            stack.deleted_at, stack.outputs = now, []
        if status == "ROLLBACK_COMPLETE":
            stack.outputs = []
        add_stack_event(stack, "")

    def add_event(self, resource: StackResource, status: str, reason: str = "") -> None:
        resource.status, resource.reason, resource.at = status, reason, datetime.now(UTC)
        event = StackEvent(
            f"{resource.logical_id}-{uuid4()}",
            resource.logical_id,
            resource.physical_id,
            resource.type,
            status,
            reason,
            resource.at,
        )
        self.stack.events.append(event)


def add_stack_event(stack: Stack, reason: str) -> None:
    """The stack's own status as an event of it."""
    now = datetime.now(UTC)
    event = StackEvent(str(uuid4()), stack.name, stack.id, STACK_TYPE, stack.status, reason, now)
    stack.events.append(event)


def existing(resource: StackResource) -> Existing:
    return Existing(resource.physical_id, resource.attributes, resource.properties)


def failure_reason(error: Exception) -> str:
    return error.message if isinstance(error, AwsError) else str(error)
