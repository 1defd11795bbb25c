"""Log groups, alarms, queues, events and roles: what the templates in ``infra/`` have beside the network."""

import json
from typing import Any, Final

from sandbox.aws.cloudformation.api import Api
from sandbox.aws.cloudformation.resource_type import Created, Existing, Properties, ResourceType, picked


def _create_log_group(api: Api, properties: Properties, name: str) -> Created:
    group = properties.get("LogGroupName", name)
    key = {"kmsKeyId": properties["KmsKeyId"]} if "KmsKeyId" in properties else {}
    api("logs", "create_log_group", logGroupName=group, **key)
    _set_retention(api, group, properties)
    groups = api("logs", "describe_log_groups", logGroupNamePrefix=group)["logGroups"]
    return Created(group, {"Arn": next(g["arn"] for g in groups if g["logGroupName"] == group)})


def _set_retention(api: Api, group: str, properties: Properties) -> None:
    if "RetentionInDays" in properties:
        days = properties["RetentionInDays"]
        api("logs", "put_retention_policy", logGroupName=group, retentionInDays=days)


def _put_alarm(api: Api, properties: Properties, name: str) -> Created:
    alarm = properties.get("AlarmName", name)
    api("cloudwatch", "put_metric_alarm", **{**properties, "AlarmName": alarm})
    arn = api("cloudwatch", "describe_alarms", AlarmNames=[alarm])["MetricAlarms"][0]["AlarmArn"]
    return Created(alarm, {"Arn": arn})


def _queue_attributes(properties: Properties) -> dict[str, str]:
    """Numbers and switches as texts, documents as JSON (SQS API reference, CreateQueue)."""
    return {
        name: json.dumps(value) if isinstance(value, dict) else str(value).lower()
        for name, value in properties.items()
        if name not in {"QueueName", "Tags", "KmsMasterKeyId"}
    }


def _create_queue(api: Api, properties: Properties, name: str) -> Created:
    queue = properties.get("QueueName", name)
    url = api("sqs", "create_queue", QueueName=queue, Attributes=_queue_attributes(properties))["QueueUrl"]
    arn = api("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    return Created(url, {"Arn": arn, "QueueName": queue, "QueueUrl": url})


def _update_queue(api: Api, resource: Existing, properties: Properties) -> None:
    api("sqs", "set_queue_attributes", QueueUrl=resource.id, Attributes=_queue_attributes(properties))


def _set_queue_policy(api: Api, properties: Properties, name: str) -> Created:
    document = json.dumps(properties["PolicyDocument"])
    for url in properties["Queues"]:
        api("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"Policy": document})
    return Created(name, {"Id": name})


def _forget_queue_policy(api: Api, resource: Existing) -> None:
    for url in resource.properties["Queues"]:
        api("sqs", "set_queue_attributes", QueueUrl=url, Attributes={"Policy": ""})


def _put_rule(api: Api, properties: Properties, name: str) -> Created:
    rule = properties.get("Name", name)
    plain = picked(properties, "Description", "State", "ScheduleExpression", "EventBusName", "RoleArn")
    if "EventPattern" in properties:
        plain["EventPattern"] = json.dumps(properties["EventPattern"])
    arn = api("events", "put_rule", Name=rule, **plain)["RuleArn"]
    if properties.get("Targets"):
        api("events", "put_targets", Rule=rule, Targets=properties["Targets"])
    return Created(rule, {"Arn": arn, "RuleName": rule})


def _delete_rule(api: Api, resource: Existing) -> None:
    ids = [target["Id"] for target in resource.properties.get("Targets", ())]
    if ids:
        api("events", "remove_targets", Rule=resource.id, Ids=ids)
    api("events", "delete_rule", Name=resource.id)


def _create_role(api: Api, properties: Properties, name: str) -> Created:
    role = properties.get("RoleName", name)[:64]
    trust = json.dumps(properties["AssumeRolePolicyDocument"])
    plain = picked(properties, "Path", "Description", "MaxSessionDuration")
    made = api("iam", "create_role", RoleName=role, AssumeRolePolicyDocument=trust, **plain)["Role"]
    for arn in properties.get("ManagedPolicyArns", ()):
        api("iam", "attach_role_policy", RoleName=role, PolicyArn=arn)
    for policy in properties.get("Policies", ()):
        document = json.dumps(policy["PolicyDocument"])
        api("iam", "put_role_policy", RoleName=role, PolicyName=policy["PolicyName"], PolicyDocument=document)
    return Created(role, {"Arn": made["Arn"], "RoleId": made["RoleId"]})


def _delete_role(api: Api, resource: Existing) -> None:
    for arn in resource.properties.get("ManagedPolicyArns", ()):
        api("iam", "detach_role_policy", RoleName=resource.id, PolicyArn=arn)
    for policy in resource.properties.get("Policies", ()):
        api("iam", "delete_role_policy", RoleName=resource.id, PolicyName=policy["PolicyName"])
    api("iam", "delete_role", RoleName=resource.id)


def _create_managed_policy(api: Api, properties: Properties, name: str) -> Created:
    policy = properties.get("ManagedPolicyName", name)
    document = json.dumps(properties["PolicyDocument"])
    plain = picked(properties, "Path", "Description")
    made = api("iam", "create_policy", PolicyName=policy, PolicyDocument=document, **plain)["Policy"]
    for role in properties.get("Roles", ()):
        api("iam", "attach_role_policy", RoleName=role, PolicyArn=made["Arn"])
    return Created(made["Arn"], {"PolicyArn": made["Arn"], "PolicyId": made["PolicyId"]})


def _delete_managed_policy(api: Api, resource: Existing) -> None:
    for role in resource.properties.get("Roles", ()):
        api("iam", "detach_role_policy", RoleName=role, PolicyArn=resource.id)
    api("iam", "delete_policy", PolicyArn=resource.id)


def _put_policy(api: Api, properties: Properties, name: str) -> Created:
    """An inline policy of each of the roles; of users and groups the sandbox makes none."""
    document = json.dumps(properties["PolicyDocument"])
    for role in properties.get("Roles", ()):
        api(
            "iam",
            "put_role_policy",
            RoleName=role,
            PolicyName=properties["PolicyName"],
            PolicyDocument=document,
        )
    return Created(name, {"Id": name})


def _delete_policy(api: Api, resource: Existing) -> None:
    for role in resource.properties.get("Roles", ()):
        api("iam", "delete_role_policy", RoleName=role, PolicyName=resource.properties["PolicyName"])


def _again(create: Any) -> Any:
    """An update that is the same Put with other values."""
    return lambda api, resource, properties: create(api, properties, resource.id)


OTHER_TYPES: Final = {
    "AWS::Logs::LogGroup": ResourceType(
        _create_log_group,
        lambda api, r: api("logs", "delete_log_group", logGroupName=r.id),
        update=lambda api, r, properties: _set_retention(api, r.id, properties),
    ),
    "AWS::CloudWatch::Alarm": ResourceType(
        _put_alarm,
        lambda api, r: api("cloudwatch", "delete_alarms", AlarmNames=[r.id]),
        update=_again(_put_alarm),
    ),
    "AWS::SQS::Queue": ResourceType(
        _create_queue, lambda api, r: api("sqs", "delete_queue", QueueUrl=r.id), update=_update_queue
    ),
    "AWS::SQS::QueuePolicy": ResourceType(
        _set_queue_policy, _forget_queue_policy, update=_again(_set_queue_policy)
    ),
    "AWS::Events::Rule": ResourceType(_put_rule, _delete_rule, update=_again(_put_rule)),
    "AWS::IAM::Role": ResourceType(_create_role, _delete_role),
    "AWS::IAM::Policy": ResourceType(_put_policy, _delete_policy, update=_again(_put_policy)),
    "AWS::IAM::ManagedPolicy": ResourceType(_create_managed_policy, _delete_managed_policy),
}
