"""Reading CloudFormation's stacks.

IAM: cloudformation:DescribeStacks on the stack.
"""

from typing import TYPE_CHECKING

from vpn.aws import snapshots
from vpn.aws.errors import NotFound, translated

if TYPE_CHECKING:
    from vpn.aws.session import CloudFormationClient


def stack(client: "CloudFormationClient", *, name: str) -> snapshots.StackSnapshot:
    """DescribeStacks for one name or id. Raises AwsError; AWS has no code of its own for a stack that isn't there."""
    with translated():
        stacks = client.describe_stacks(StackName=name)["Stacks"]
        if stacks:
            raw = stacks[0]
            return snapshots.StackSnapshot(
                name=raw["StackName"],
                status=raw["StackStatus"],
                parameters={
                    p["ParameterKey"]: p.get("ParameterValue", "") for p in raw.get("Parameters", ())
                },
                outputs={o["OutputKey"]: o.get("OutputValue", "") for o in raw.get("Outputs", ())},
            )
    raise NotFound(code="ValidationError", message=f"There is no stack {name}")
