"""The Lambda function that AWS asks, by the name that people know it by."""

import pytest

from vpn.endpoints.connect_handler import connect_handler_name
from vpn.endpoints.models import Endpoint

ARN = "arn:aws:lambda:ap-northeast-1:123456789012:function:AWSClientVPN-genkan"


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"Enabled": True, "LambdaFunctionArn": ARN}, "AWSClientVPN-genkan"),
        # AWS takes qualified functions: an alias, or a version.
        ({"Enabled": True, "LambdaFunctionArn": f"{ARN}:live"}, "AWSClientVPN-genkan"),
        ({"Enabled": False, "LambdaFunctionArn": ARN}, ""),
        ({"Enabled": True, "LambdaFunctionArn": ""}, ""),
        ({}, ""),
        (None, ""),
    ],
)
def test_a_handler_goes_by_its_functions_name(options: object, name: str) -> None:
    assert connect_handler_name(Endpoint(settings={"ClientConnectOptions": options})) == name
