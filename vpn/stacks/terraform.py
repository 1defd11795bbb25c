"""Terraform's ``import`` blocks for an endpoint that is there.

The ids are those of the AWS provider's documentation, "Import" of each resource.
"""

from collections.abc import Iterator
from datetime import datetime

from vpn.endpoints.models import Endpoint
from vpn.stacks.differences import ENDING

HEAD = """\
# {label} ({endpoint_id}), as AWS described it at {seen_at:%Y-%m-%d %H:%M:%S} UTC.
# `terraform plan -generate-config-out=client_vpn.tf` writes a resource for each block. Look through it, plan again
# until it changes nothing, then apply, which only takes them into the state.
"""


def import_blocks(endpoint: Endpoint, *, seen_at: datetime) -> str:
    """What ``manage.py vpn_stack import`` prints: endpoint, log group, associations, rules, routes."""
    head = HEAD.format(label=endpoint.label, endpoint_id=endpoint.endpoint_id, seen_at=seen_at)
    blocks = [_block(address, identifier) for address, identifier in _resources(endpoint)]
    return "\n".join([head, *blocks, *_remarks(endpoint)])


def _block(address: str, identifier: str) -> str:
    return f'import {{\n  to = {address}\n  id = "{_quoted(identifier)}"\n}}\n'


def _quoted(text: str) -> str:
    """Inside HCL's quotes; a group's id comes from the identity provider, who may write anything."""
    for character, escaped in (("\\", "\\\\"), ('"', '\\"'), ("${", "$${"), ("%{", "%%{"), ("\n", "\\n")):
        text = text.replace(character, escaped)
    return text


def _resources(endpoint: Endpoint) -> Iterator[tuple[str, str]]:
    """Address and id of each. What is ending is no longer there when Terraform asks."""
    endpoint_id = endpoint.endpoint_id
    yield "aws_ec2_client_vpn_endpoint.this", endpoint_id
    if endpoint.log_group:
        yield "aws_cloudwatch_log_group.connections", endpoint.log_group
    targets = [target for target in endpoint.target_networks if target["status"] not in ENDING]
    for number, target in enumerate((t for t in targets if t["subnet_id"]), 1):
        address = f"aws_ec2_client_vpn_network_association.subnet_{number}"
        yield address, f"{endpoint_id},{target['association_id']}"
    rules = [rule for rule in endpoint.authorization_rules if rule["status"] not in ENDING]
    for number, rule in enumerate(rules, 1):
        parts = [endpoint_id, rule["destination_cidr"], *([rule["group_id"]] if rule["group_id"] else [])]
        yield f"aws_ec2_client_vpn_authorization_rule.rule_{number}", ",".join(parts)
    routes = [route for route in endpoint.routes if _is_ours(route["origin"], route["status"])]
    for number, route in enumerate((r for r in routes if r["target_subnet"]), 1):
        identifier = ",".join([endpoint_id, route["target_subnet"], route["destination_cidr"]])
        yield f"aws_ec2_client_vpn_route.route_{number}", identifier


def _is_ours(origin: str, status: str) -> bool:
    """AWS makes the others itself, with an association."""
    return origin == "add-route" and status not in ENDING


def _remarks(endpoint: Endpoint) -> Iterator[str]:
    if endpoint.settings.get("TransitGatewayConfiguration"):
        yield "# Zones and routes of a transit gateway: the provider documents no id to import them by.\n"
    if (endpoint.settings.get("DevicePostureOptions") or {}).get("Enabled"):
        yield "# Device posture: the provider doesn't have it. Terraform leaves it as it is.\n"
