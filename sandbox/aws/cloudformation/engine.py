"""Moves stacks on: makes, changes and deletes resources in the order of their dependencies.

Nothing runs by itself: whenever a call comes in, what is possible by then is done.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any
from zlib import crc32

from sandbox.aws.cloudformation import records
from sandbox.aws.cloudformation.api import Api
from sandbox.aws.cloudformation.deletion import (
    FAILED,
    FAILURES,
    TYPES,
    StackWork,
    add_stack_event,
    existing,
    failure_reason,
)
from sandbox.aws.cloudformation.records import Stack, StackResource
from sandbox.aws.cloudformation.resource_type import ResourceFailedError
from sandbox.aws.cloudformation.template import Scope, Template
from sandbox.aws.errors import AwsError


@cache
def create_only(resource_type: str) -> frozenset[str]:
    """The properties whose change replaces the resource, as AWS's own schema of the type says."""
    # Half a second to import, and only updates need it.
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", resource_type).schema
    return frozenset(path.split("/")[2] for path in schema.get("createOnlyProperties", ()))


class Engine(StackWork):
    """Brings a stack to what its template says."""

    def __init__(self, stack: Stack, api: Api, template: Template, parameters: Scope) -> None:
        super().__init__(stack, api)
        self.template = template
        self.parameters = parameters

    def advance(self) -> bool:
        """Do what can be done now; False: nothing could."""
        stack = self.stack
        if stack.status in {records.CREATING, records.UPDATING, records.UPDATE_ROLLING_BACK}:
            return self._build()
        return self.clear()

    def _build(self) -> bool:
        wanted = self.template.wanted(self.parameters)
        moved = False
        for name, definition in wanted.items():
            resource = self.stack.resources.get(name)
            if resource and resource.generation == self.stack.generation:
                if resource.is_complete:
                    continue
                changed = self._attempt(name, self._wait)
            elif all(self._is_done(other) for other in self.template.dependencies(name) & wanted.keys()):
                changed = self._attempt(name, partial(self._bring_about, definition))
            else:
                continue
            if changed is None:
                return True
            moved = moved or changed
        if all(map(self._is_done, wanted)):
            self._built(set(wanted))
            return True
        return moved

    def _is_done(self, name: str) -> bool:
        resource = self.stack.resources.get(name)
        return bool(resource and resource.is_complete and resource.generation == self.stack.generation)

    def _attempt(self, name: str, act: Callable[[str], bool]) -> bool | None:
        """None: it failed, and the stack turns round."""
        try:
            return act(name)
        except FAILURES as error:
            self._fail(name, failure_reason(error))
            return None

    def _bring_about(self, definition: dict[str, Any], name: str) -> bool:
        stack, now = self.stack, datetime.now(UTC)
        properties = self.template.resolve(definition.get("Properties") or {}, self._scope())
        before = stack.resources.get(name)
        resource = StackResource(
            logical_id=name,
            type=definition["Type"],
            properties=properties,
            depends_on=self.template.dependencies(name),
            deletion_policy=definition.get("DeletionPolicy", "Delete"),
            replace_policy=definition.get("UpdateReplacePolicy", "Delete"),
            status="CREATE_IN_PROGRESS",
            at=now,
            generation=stack.generation,
        )
        if before is None:
            self._create(resource)
        elif before.type == resource.type and not self._replaces(before, properties):
            self._update(before, resource)
        else:
            self._refuse_by_policy(name)
            stack.garbage.append(before)
            stack.replaced[name] = before
            self._create(resource)
        return True

    def _replaces(self, before: StackResource, properties: dict[str, Any]) -> bool:
        return any(
            before.properties.get(member) != properties.get(member) for member in create_only(before.type)
        )

    def _refuse_by_policy(self, name: str) -> None:
        """A stack policy that denies to replace this resource (user guide, "Prevent updates to stack resources")."""
        policy = json.loads(self.stack.policy or "{}")
        for statement in policy.get("Statement", ()):
            actions, resources = (
                value if isinstance(value, list) else [value]
                for value in (statement["Action"], statement["Resource"])
            )
            denies = statement["Effect"] == "Deny" and {"Update:*", "Update:Replace"} & set(actions)
            if denies and {"*", f"LogicalResourceId/{name}"} & set(resources):
                raise ResourceFailedError("Action denied by stack policy: Update:Replace")

    def _create(self, resource: StackResource) -> None:
        self.stack.resources[resource.logical_id] = resource
        self.add_event(resource, "CREATE_IN_PROGRESS")
        made = TYPES[resource.type].create(self.api, resource.properties, self._name(resource))
        resource.physical_id, resource.attributes = made.id, made.attributes
        self.add_event(resource, "CREATE_IN_PROGRESS", "Resource creation Initiated")
        self._tag(resource)

    def _name(self, resource: StackResource) -> str:
        """As AWS makes names up: the stack, the logical id, and something that no other has."""
        number = crc32(f"{self.stack.id}/{resource.logical_id}/{resource.generation}".encode())
        return f"{self.stack.name}-{resource.logical_id}-{number:08X}"

    def _update(self, before: StackResource, resource: StackResource) -> None:
        changed = before.properties != resource.properties
        kept = existing(before)
        before.generation = resource.generation
        before.depends_on = resource.depends_on
        before.deletion_policy, before.replace_policy = resource.deletion_policy, resource.replace_policy
        if changed:
            self.add_event(before, "UPDATE_IN_PROGRESS")
            TYPES[before.type].update(self.api, kept, resource.properties)
            before.properties = resource.properties
        self._tag(before)
        if not changed:
            before.status = "CREATE_COMPLETE" if before.status == "CREATE_COMPLETE" else "UPDATE_COMPLETE"

    def _tag(self, resource: StackResource) -> None:
        """The type's own tags, and the stack's, which CloudFormation hands down to what takes tags in ``Tags``."""
        tagged = TYPES[resource.type].tagged
        tags = {tag["Key"]: tag["Value"] for tag in resource.properties.get("Tags", ())}
        tags = {**self.stack.description.tags, **tags}
        if tagged and tags:
            pairs = [{"Key": key, "Value": value} for key, value in tags.items()]
            self.api("ec2", "create_tags", Resources=[tagged(existing(resource))], Tags=pairs)

    def _wait(self, name: str) -> bool:
        resource = self.stack.resources[name]
        if not TYPES[resource.type].is_ready(self.api, existing(resource)):
            return False
        self.add_event(resource, resource.status.replace("IN_PROGRESS", "COMPLETE"))
        return True

    def _scope(self) -> Scope:
        resources = self.stack.resources.values()
        return Scope(
            self.parameters.parameters,
            {resource.logical_id: resource.physical_id for resource in resources},
            {resource.logical_id: resource.attributes for resource in resources},
        )

    def _built(self, wanted: set[str]) -> None:
        stack = self.stack
        for name in [name for name in stack.resources if name not in wanted]:
            stack.garbage.append(stack.resources.pop(name))
        try:
            stack.outputs = self._outputs()
        except AwsError as error:
            self._turn_round(error.message)
            return
        if stack.status == records.CREATING:
            self.end("CREATE_COMPLETE")
            return
        rolling_back = stack.status == records.UPDATE_ROLLING_BACK
        stack.status = records.UPDATE_ROLLBACK_CLEANING_UP if rolling_back else records.CLEANING_UP
        add_stack_event(stack, "")

    def _outputs(self) -> list[dict[str, str]]:
        scope, outputs = self._scope(), []
        for name, output in self.template.outputs.items():
            if "Condition" in output and not self.template.holds(output["Condition"], scope):
                continue
            value = {"OutputKey": name, "OutputValue": str(self.template.resolve(output["Value"], scope))}
            described = {"Description": output["Description"]} if "Description" in output else {}
            outputs.append({**value, **described})
        return outputs

    def _fail(self, name: str, reason: str) -> None:
        resource = self.stack.resources.get(name)
        if resource and not resource.is_complete:
            self.add_event(resource, resource.status.replace("IN_PROGRESS", "FAILED"), reason)
        self._turn_round(f"The following resource(s) failed: [{name}]. {reason}")

    def _turn_round(self, reason: str) -> None:
        stack = self.stack
        stack.status, stack.reason = FAILED[stack.status], reason
        add_stack_event(stack, reason)
        if stack.status == records.ROLLING_BACK:
            self.discard_everything()
        if stack.status == records.UPDATE_ROLLING_BACK and stack.before:
            stack.description, stack.generation = stack.before, stack.generation + 1
            for name, original in stack.replaced.items():
                # What was to take its place may not have come about.
                if stack.resources[name].physical_id:
                    stack.garbage.append(_disposable(stack.resources[name]))
                stack.garbage.remove(original)
                stack.resources[name] = original
            stack.replaced = {}
            for name in [name for name, made in stack.resources.items() if not made.physical_id]:
                del stack.resources[name]


def _disposable(resource: StackResource) -> StackResource:
    resource.deletion_policy = "Delete"
    return resource
