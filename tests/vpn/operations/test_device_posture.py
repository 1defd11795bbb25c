"""Device posture is switched on and off, with a plan that says what it means for profiles, clients and policy."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest
from django.utils import timezone

from sandbox.aws.control import Control
from tests.vpn.operations.asking import Ask, finish, plan
from vpn.authorization_policy.models import EndpointPolicy
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_kind
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

Look = Callable[[], Endpoint]
CROWDSTRIKE = "crowdstrike tenant-1 https://keys.example.com/jwk.json"
BOTH = f"{CROWDSTRIKE}\njamf tenant-2"


def succeeded(operation: Operation, control: Control) -> Operation:
    finish(operation, between=lambda: control.skip(30))
    assert operation.status == OperationStatus.SUCCEEDED, (operation.error_id, operation.error_message)
    return operation


def texts(endpoint: Endpoint, **data: str) -> dict[str, str]:
    """Tones by text, of the plan's checks."""
    draft = plan("modify-endpoint", endpoint, **data)
    assert draft.plan is not None, draft.form.errors
    return {str(check.text): check.tone for check in draft.plan.checks}


def test_all_providers_are_sent_together_and_an_undo_switches_them_off(
    ask: Ask, resync: Look, ec2: "EC2Client", endpoint: Endpoint, control: Control, english: None
) -> None:
    def described() -> object:
        answer = ec2.describe_client_vpn_endpoints(ClientVpnEndpointIds=[endpoint.endpoint_id])
        return answer["ClientVpnEndpoints"][0].get("DevicePostureOptions")

    (profiles,) = [line for line in texts(resync(), trust_providers=CROWDSTRIKE) if "6.2.0" in line]
    assert "download the profile again" in profiles
    first = succeeded(ask("modify-endpoint", resync(), trust_providers=CROWDSTRIKE), control)
    provider = {
        "TrustProviderType": "crowdstrike",
        "TenantId": "tenant-1",
        "PublicSigningKeyUrl": "https://keys.example.com/jwk.json",
    }
    assert described() == {"TrustProviders": [provider]}
    assert "aws-auth-device-posture crowdstrike" in resync().configuration
    # AWS replaces the whole structure: whoever adds one must send the other too.
    succeeded(ask("modify-endpoint", resync(), trust_providers=BOTH), control)
    jamf = {"TrustProviderType": "jamf", "TenantId": "tenant-2"}
    assert described() == {"TrustProviders": [provider, jamf]}
    succeeded(ask("modify-endpoint", resync(), description="another"), control)
    assert described() == {"TrustProviders": [provider, jamf]}
    undo = get_kind("modify-endpoint").undo(first)
    assert undo is not None
    succeeded(ask(undo.kind, resync(), **undo.data), control)
    assert described() is None


@pytest.mark.parametrize(
    "line",
    [
        "acme tenant https://keys.example.com",
        "crowdstrike",
        "crowdstrike tenant",
        "crowdstrike tenant http://keys.example.com",
        "jamf",
        "jamf tenant https://keys.example.com more",
    ],
)
def test_what_aws_would_refuse_is_refused_in_the_form(plain_endpoint: Endpoint, line: str) -> None:
    plain_endpoint.settings = {"VpnPort": 443}
    assert "trust_providers" in plan("modify-endpoint", plain_endpoint, trust_providers=line).form.errors


def test_an_enforced_policy_that_needs_a_provider_is_named_when_that_goes(
    plain_endpoint: Endpoint, english: None
) -> None:
    provider = {"TrustProviderType": "jamf", "TenantId": "tenant"}
    arn = "arn:aws:acm:ap-northeast-1:123456789012:certificate/one"
    posture = {"TrustProviders": [provider]}
    plain_endpoint.settings = {"ServerCertificateArn": arn, "DevicePostureOptions": posture}
    plain_endpoint.save()
    policy = EndpointPolicy.objects.create(
        endpoint=plain_endpoint,
        document='permit(principal, action, resource)\nwhen { context.jamf.risk == "LOW" };',
        status="active",
        seen_at=timezone.now(),
    )
    tones = texts(plain_endpoint, trust_providers="")
    assert [tone for text, tone in tones.items() if "Line 2" in text and "jamf" in text] == ["out"]
    policy.shadow_mode = True
    policy.save()
    tones = texts(plain_endpoint, trust_providers="")
    assert [tone for text, tone in tones.items() if "Line 2" in text and "jamf" in text] == ["warn"]
