"""CloudFormation's actions: CreateStack to DescribeChangeSet. API reference of each."""

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import uuid4

from sandbox.aws.account_resources import AccountResources
from sandbox.aws.cloudformation import records
from sandbox.aws.cloudformation.api import Api, Application
from sandbox.aws.cloudformation.deletion import TYPES, StackWork, add_stack_event
from sandbox.aws.cloudformation.descriptions import READS, find_change_set, find_stack, live_stacks
from sandbox.aws.cloudformation.engine import Engine
from sandbox.aws.cloudformation.parameters import check_parameters, parameter_scope
from sandbox.aws.cloudformation.records import ChangeSet, Description, Stack
from sandbox.aws.cloudformation.template import Scope, Template, invalid
from sandbox.aws.errors import AwsError, not_modelled
from sandbox.aws.pace import FAST
from sandbox.aws.world import WORLD, Region

# At the fast pace a change takes 20 ms: who waits by boto3's waiter looks every 30 seconds, and needn't wait for those.
PATIENCE: Final = 3.0
SHORT: Final = 0.01


class CloudFormation:
    """Answers CloudFormation's calls, and moves stacks on. ``act_as(access_key)`` is who makes their resources."""

    def __init__(
        self,
        act_as: Callable[[str], Application],
        resources: Callable[[str, str], AccountResources],
    ) -> None:
        self._act_as = act_as
        self._resources = resources
        self._apis: dict[tuple[str, str], Api] = {}
        self._changes_of_stacks: dict[str, Callable[[Region, dict[str, Any], str], dict[str, Any]]] = {
            "CreateStack": self._create_stack,
            "UpdateStack": self._update_stack,
            "DeleteStack": self._delete_stack,
            "CreateChangeSet": self._create_change_set,
            "ExecuteChangeSet": self._execute_change_set,
        }

    def answer(self, region: Region, action: str, params: dict[str, Any], access_key: str) -> dict[str, Any]:
        """Raises AwsError."""
        with WORLD.lock:
            if action in READS:
                return READS[action](region, params)
            if action not in self._changes_of_stacks:
                raise not_modelled(f"CloudFormation's {action}")
            return self._changes_of_stacks[action](region, params, access_key)

    def advance(self) -> None:
        """What is possible by now, in every account's stacks."""
        until = time.monotonic() + PATIENCE
        while self._advance_all() and WORLD.pace is FAST and time.monotonic() < until:
            time.sleep(SHORT)

    def _advance_all(self) -> bool:
        """Whether a stack waits for something."""
        with WORLD.lock:
            stacks = [
                (region, stack)
                for region in WORLD.regions()
                for stack in region.stacks.values()
                if stack.is_in_progress
            ]
            for region, stack in stacks:
                # Anew each time: a rollback goes by another template.
                while stack.is_in_progress and self._engine(region, stack).advance():
                    pass
            return any(stack.is_in_progress for _, stack in stacks)

    def _engine(self, region: Region, stack: Stack) -> Engine:
        template = Template(stack.description.body)
        # Not checked again: what a parameter names may have been deleted since.
        scope = _scope(region, stack.id, stack.name, stack.description, template)
        return Engine(stack, self._api(region, stack), template, scope)

    def _api(self, region: Region, stack: Stack) -> Api:
        key = (stack.access_key, region.name)
        if key not in self._apis:
            self._apis[key] = Api(self._act_as(stack.access_key), stack.access_key, region.name)
        return self._apis[key]

    def _refuse_unfit(self, region: Region, name: str, description: Description) -> None:
        """All that AWS, too, refuses before it makes anything."""
        template = Template(description.body)
        lacking = {str(r.get("Type")) for r in template.resources.values()} - TYPES.keys()
        if lacking:
            raise not_modelled(f"CloudFormation's {', '.join(sorted(lacking))}")
        resources = self._resources(region.account, region.name)
        check_parameters(template, description.parameters, resources)
        scope = _scope(region, "", name, description, template)
        template.check_rules(scope)
        template.wanted(scope)

    def _create_stack(self, region: Region, params: dict[str, Any], access_key: str) -> dict[str, Any]:
        name = str(params["StackName"])
        if any(stack.name == name for stack in live_stacks(region)):
            raise AwsError("AlreadyExistsException", f"Stack [{name}] already exists")
        description = _description(params, None)
        self._refuse_unfit(region, name, description)
        stack = _new_stack(region, name, access_key, description, records.CREATING)
        stack.policy = str(params.get("StackPolicyBody") or "")
        stack.termination_protection = bool(params.get("EnableTerminationProtection"))
        add_stack_event(stack, "User Initiated")
        return {"StackId": stack.id}

    def _update_stack(self, region: Region, params: dict[str, Any], access_key: str) -> dict[str, Any]:
        stack = find_stack(region, params["StackName"])
        description = _description(params, stack)
        self._refuse_unfit(region, stack.name, description)
        if description == stack.description:
            raise invalid("No updates are to be performed.")
        if "StackPolicyBody" in params:
            stack.policy = str(params["StackPolicyBody"])
        _begin_update(stack, description, access_key)
        return {"StackId": stack.id}

    def _delete_stack(self, region: Region, params: dict[str, Any], access_key: str) -> dict[str, Any]:
        """Of a stack that isn't there: nothing, and no error, as AWS does."""
        stack = next((s for s in live_stacks(region) if params["StackName"] in {s.name, s.id}), None)
        if stack is None or stack.status == records.DELETING:
            return {}
        if stack.termination_protection:
            raise invalid(f"Stack [{stack.name}] cannot be deleted while TerminationProtection is enabled")
        for name in params.get("RetainResources") or ():
            if name in stack.resources:
                stack.resources[name].deletion_policy = "Retain"
        stack.access_key, stack.status = access_key, records.DELETING
        add_stack_event(stack, "User Initiated")
        StackWork(stack, self._api(region, stack)).begin_deletion()
        return {}

    def _create_change_set(self, region: Region, params: dict[str, Any], access_key: str) -> dict[str, Any]:
        """Of type CREATE it makes the stack, without resources, that is to be reviewed."""
        name, kind = str(params["StackName"]), str(params.get("ChangeSetType") or "UPDATE")
        if kind not in {"CREATE", "UPDATE"}:
            raise not_modelled(f"change sets of type {kind}")
        stack = next((s for s in live_stacks(region) if name in {s.name, s.id}), None)
        if kind == "UPDATE" and stack is None:
            raise invalid(f"Stack [{name}] does not exist")
        description = _description(params, stack)
        self._refuse_unfit(region, name, description)
        if stack is None:
            stack = _new_stack(region, name, access_key, description, records.IN_REVIEW)
            add_stack_event(stack, "User Initiated")
        changes = self._changes(region, stack, description)
        same = kind == "UPDATE" and description == stack.description
        change_set = ChangeSet(
            id=f"arn:aws:cloudformation:{region.name}:{region.account}:changeSet/{params['ChangeSetName']}/{uuid4()}",
            name=str(params["ChangeSetName"]),
            stack=stack,
            kind=kind,
            description=description,
            changes=changes,
            status="FAILED" if same else "CREATE_COMPLETE",
            # The words by which AWS's own command line tells "nothing to do" from a failure.
            reason="The submitted information didn't contain changes." if same else "",
            at=datetime.now(UTC),
        )
        region.change_sets[change_set.id] = change_set
        return {"Id": change_set.id, "StackId": stack.id}

    def _changes(self, region: Region, stack: Stack, description: Description) -> list[dict[str, Any]]:
        """By logical id. What a change replaces is known when it is made: here it is "Conditional"."""
        template = Template(description.body)
        wanted = template.wanted(_scope(region, stack.id, stack.name, description, template))
        changes = [
            _change("Add", name, d["Type"]) for name, d in wanted.items() if name not in stack.resources
        ]
        changes += [
            _change("Remove", name, made.type, made.physical_id)
            for name, made in stack.resources.items()
            if name not in wanted
        ]
        changes += [
            _change("Modify", name, made.type, made.physical_id)
            for name, made in stack.resources.items()
            if name in wanted
        ]
        return changes

    def _execute_change_set(self, region: Region, params: dict[str, Any], access_key: str) -> dict[str, Any]:
        change_set = find_change_set(region, params)
        stack = change_set.stack
        if change_set.status != "CREATE_COMPLETE":
            raise AwsError("InvalidChangeSetStatus", f"ChangeSet [{change_set.id}] cannot be executed")
        del region.change_sets[change_set.id]
        if stack.status == records.IN_REVIEW:
            stack.description, stack.access_key = change_set.description, access_key
            stack.status = records.CREATING
            add_stack_event(stack, "User Initiated")
        else:
            _begin_update(stack, change_set.description, access_key)
        return {}


def _scope(region: Region, stack_id: str, name: str, description: Description, template: Template) -> Scope:
    pseudo = {
        "AWS::AccountId": region.account,
        "AWS::Region": region.name,
        "AWS::StackId": stack_id,
        "AWS::StackName": name,
        "AWS::Partition": "aws",
        "AWS::URLSuffix": "amazonaws.com",
    }
    return parameter_scope(template, description.parameters, pseudo)


def _new_stack(region: Region, name: str, access_key: str, description: Description, status: str) -> Stack:
    stack_id = f"arn:aws:cloudformation:{region.name}:{region.account}:stack/{name}/{uuid4()}"
    stack = Stack(stack_id, name, access_key, description, status, datetime.now(UTC))
    region.stacks[stack_id] = stack
    return stack


def _begin_update(stack: Stack, description: Description, access_key: str) -> None:
    if stack.status not in records.SETTLED:
        raise invalid(f"Stack:{stack.id} is in {stack.status} state and can not be updated.")
    stack.before, stack.description = stack.description, description
    stack.generation += 1
    stack.access_key, stack.status, stack.updated_at = access_key, records.UPDATING, datetime.now(UTC)
    add_stack_event(stack, "User Initiated")


def _description(params: Mapping[str, Any], stack: Stack | None) -> Description:
    """What a call describes; template, parameters and tags that it leaves to the stack are the stack's."""
    if params.get("TemplateURL"):
        raise not_modelled("templates in S3 (TemplateURL)")
    body = (
        stack.description.body if stack and params.get("UsePreviousTemplate") else params.get("TemplateBody")
    )
    if not body:
        raise invalid("Either Template URL or Template Body must be specified.")
    before = stack.description.parameters if stack else {}
    parameters = {}
    for parameter in params.get("Parameters") or ():
        key = parameter["ParameterKey"]
        if parameter.get("UsePreviousValue"):
            if key in before:
                parameters[key] = before[key]
        else:
            parameters[key] = parameter.get("ParameterValue", "")
    given = params.get("Tags")
    kept = stack.description.tags if stack else {}
    tags = {tag["Key"]: tag["Value"] for tag in given} if given is not None else dict(kept)
    return Description(str(body), parameters, tags)


def _change(action: str, name: str, kind: str, physical_id: str = "") -> dict[str, Any]:
    change = {"Action": action, "LogicalResourceId": name, "ResourceType": kind}
    if physical_id:
        change["PhysicalResourceId"] = physical_id
    if action == "Modify":
        change["Replacement"] = "Conditional"
    return {"Type": "Resource", "ResourceChange": change}
