"""What CloudFormation says of its stacks. API reference of each Describe, List and Get action."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from sandbox.aws.cloudformation import records
from sandbox.aws.cloudformation.records import ChangeSet, Stack, StackResource
from sandbox.aws.cloudformation.template import Template, invalid
from sandbox.aws.errors import AwsError
from sandbox.aws.world import Region


def live_stacks(region: Region) -> list[Stack]:
    return [stack for stack in region.stacks.values() if stack.status != records.DELETED]


def find_stack(region: Region, name: str) -> Stack:
    """By name, of those that live, or by id."""
    by_name = next((stack for stack in live_stacks(region) if stack.name == name), None)
    stack = by_name or region.stacks.get(name)
    if stack is None:
        raise invalid(f"Stack with id {name} does not exist")
    return stack


def find_change_set(region: Region, params: Mapping[str, Any]) -> ChangeSet:
    name, stack = params["ChangeSetName"], params.get("StackName")
    for change_set in region.change_sets.values():
        of_stack = stack is None or stack in {change_set.stack.name, change_set.stack.id}
        if change_set.id == name or (change_set.name == name and of_stack):
            return change_set
    raise AwsError("ChangeSetNotFound", f"ChangeSet [{name}] does not exist")


def _described(stack: Stack) -> dict[str, Any]:
    template = Template(stack.description.body)
    given = stack.description.parameters
    described = {
        "StackId": stack.id,
        "StackName": stack.name,
        "Description": template.document.get("Description"),
        "Parameters": [
            {"ParameterKey": name, "ParameterValue": str(given.get(name, declaration.get("Default", "")))}
            for name, declaration in template.parameters.items()
        ],
        "CreationTime": stack.at,
        "LastUpdatedTime": stack.updated_at,
        "DeletionTime": stack.deleted_at,
        "StackStatus": stack.status,
        "StackStatusReason": stack.reason or None,
        "DisableRollback": False,
        "EnableTerminationProtection": stack.termination_protection,
        "Outputs": stack.outputs,
        "Tags": [{"Key": key, "Value": value} for key, value in stack.description.tags.items()],
    }
    return {name: value for name, value in described.items() if value is not None}


def _describe_stacks(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    stacks = [find_stack(region, params["StackName"])] if params.get("StackName") else live_stacks(region)
    return {"Stacks": [_described(stack) for stack in stacks]}


def _list_stacks(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    wanted = params.get("StackStatusFilter")
    names = ("StackId", "StackName", "CreationTime", "LastUpdatedTime", "DeletionTime", "StackStatus")
    rows = [_described(s) for s in region.stacks.values() if not wanted or s.status in wanted]
    return {"StackSummaries": [{n: row[n] for n in names if n in row} for row in rows]}


def _resource(stack: Stack, resource: StackResource, *, time_member: str) -> dict[str, Any]:
    row = {
        "StackId": stack.id,
        "StackName": stack.name,
        "LogicalResourceId": resource.logical_id,
        "PhysicalResourceId": resource.physical_id,
        "ResourceType": resource.type,
        "ResourceStatus": resource.status,
        time_member: resource.at,
    }
    return row | ({"ResourceStatusReason": resource.reason} if resource.reason else {})


def _describe_stack_resources(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    stack, wanted = find_stack(region, params["StackName"]), params.get("LogicalResourceId")
    made = [r for r in stack.resources.values() if not wanted or r.logical_id == wanted]
    return {"StackResources": [_resource(stack, r, time_member="Timestamp") for r in made]}


def _describe_stack_resource(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    stack, wanted = find_stack(region, params["StackName"]), params["LogicalResourceId"]
    if wanted not in stack.resources:
        raise invalid(f"Resource {wanted} does not exist for stack {stack.name}")
    row = _resource(stack, stack.resources[wanted], time_member="LastUpdatedTimestamp")
    return {"StackResourceDetail": row}


def _list_stack_resources(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    stack = find_stack(region, params["StackName"])
    rows = [_resource(stack, r, time_member="LastUpdatedTimestamp") for r in stack.resources.values()]
    return {"StackResourceSummaries": rows}


def _describe_stack_events(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    """The newest first."""
    stack = find_stack(region, params["StackName"])
    events = [
        {
            "StackId": stack.id,
            "EventId": event.id,
            "StackName": stack.name,
            "LogicalResourceId": event.logical_id,
            "PhysicalResourceId": event.physical_id,
            "ResourceType": event.type,
            "Timestamp": event.at,
            "ResourceStatus": event.status,
            **({"ResourceStatusReason": event.reason} if event.reason else {}),
        }
        for event in reversed(stack.events)
    ]
    return {"StackEvents": events}


def _get_template(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    body = find_stack(region, params["StackName"]).description.body
    return {"TemplateBody": body, "StagesAvailable": ["Original", "Processed"]}


def _set_stack_policy(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    find_stack(region, params["StackName"]).policy = str(params.get("StackPolicyBody") or "")
    return {}


def _get_stack_policy(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    policy = find_stack(region, params["StackName"]).policy
    return {"StackPolicyBody": policy} if policy else {}


def _update_termination_protection(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    stack = find_stack(region, params["StackName"])
    stack.termination_protection = bool(params["EnableTerminationProtection"])
    return {"StackId": stack.id}


def _get_template_summary(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    body = params.get("TemplateBody") or find_stack(region, params["StackName"]).description.body
    template = Template(str(body))
    parameters = [
        {
            "ParameterKey": name,
            "ParameterType": declaration.get("Type", "String"),
            "NoEcho": False,
            "Description": declaration.get("Description", ""),
            **({"DefaultValue": str(declaration["Default"])} if "Default" in declaration else {}),
        }
        for name, declaration in template.parameters.items()
    ]
    types = sorted({str(resource["Type"]) for resource in template.resources.values()})
    described = {"Parameters": parameters, "ResourceTypes": types}
    return described | {"Description": str(template.document.get("Description", ""))}


def _validate_template(_: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    summary = _get_template_summary(_, params)
    names = ("ParameterKey", "DefaultValue", "NoEcho", "Description")
    rows = [{name: row[name] for name in names if name in row} for row in summary["Parameters"]]
    return {"Parameters": rows, "Description": summary["Description"]}


def _describe_change_set(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    change_set = find_change_set(region, params)
    available = change_set.status == "CREATE_COMPLETE"
    return {
        "ChangeSetId": change_set.id,
        "ChangeSetName": change_set.name,
        "StackId": change_set.stack.id,
        "StackName": change_set.stack.name,
        "CreationTime": change_set.at,
        "Status": change_set.status,
        "StatusReason": change_set.reason,
        "ExecutionStatus": "AVAILABLE" if available else "UNAVAILABLE",
        "Changes": change_set.changes,
    }


def _delete_change_set(region: Region, params: Mapping[str, Any]) -> dict[str, Any]:
    region.change_sets.pop(find_change_set(region, params).id)
    return {}


READS: Final[dict[str, Callable[[Region, Mapping[str, Any]], dict[str, Any]]]] = {
    "DescribeStacks": _describe_stacks,
    "ListStacks": _list_stacks,
    "DescribeStackResources": _describe_stack_resources,
    "DescribeStackResource": _describe_stack_resource,
    "ListStackResources": _list_stack_resources,
    "DescribeStackEvents": _describe_stack_events,
    "GetTemplate": _get_template,
    "GetTemplateSummary": _get_template_summary,
    "ValidateTemplate": _validate_template,
    "SetStackPolicy": _set_stack_policy,
    "GetStackPolicy": _get_stack_policy,
    "UpdateTerminationProtection": _update_termination_protection,
    "DescribeChangeSet": _describe_change_set,
    "DeleteChangeSet": _delete_change_set,
}
