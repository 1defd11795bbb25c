"""The id that the sandbox AWS gave to an endpoint of the seed architecture."""

from contextlib import closing

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from sandbox.aws.control import SandboxError
from sandbox.aws.seed import administrator
from sandbox.company import EndpointSeed


def endpoint_id(aws_url: str, seed: EndpointSeed) -> str:
    """The id of the endpoint that has the seed's name now: an operation may have replaced the seed's own."""
    name = {"Key": "Name", "Value": seed.label}
    try:
        with closing(administrator(aws_url, seed)("ec2")) as ec2:
            for page in ec2.get_paginator("describe_client_vpn_endpoints").paginate():
                for endpoint in page["ClientVpnEndpoints"]:
                    if name in endpoint.get("Tags", []):
                        return str(endpoint["ClientVpnEndpointId"])
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        raise SandboxError(f"AWS cannot be asked which endpoint is {seed.label} now.") from error
    raise SandboxError(f"There is no endpoint named {seed.label} in {seed.region}.")
