"""What only the demo's endpoints have beside the seed: device posture, an enforced policy and one in shadow mode."""

from typing import Final

from sandbox.aws.seed import administrator
from sandbox.aws.seed_vpn import log_group_name, seeded_endpoint_id
from sandbox.company import EMPLOYEES, OSAKA, TOKYO

TRUST_PROVIDERS: Final = (
    {
        "TrustProviderType": "crowdstrike",
        "TenantId": "sandbox-tenant",
        "PublicSigningKeyUrl": "https://assets-public.falcon.crowdstrike.com/zta/jwk.json",
    },
    {"TrustProviderType": "jamf", "TenantId": "sandbox-tenant"},
)
# Nothing asks whether the token is there: a device without one makes AWS's result "error".
HEALTHY_DEVICES: Final = """\
// 会社が管理し、健全と判断した端末だけ
permit(principal, action, resource)
when { context.crowdstrike.assessment.overall > 50 };
"""
COMPANY_DEVICES: Final = f"""\
// 社員だけ。Linuxの端末は、管理を始めるまで対象外
permit(principal, action, resource)
when {{ context.saml.memberOf.contains("{EMPLOYEES.id}") }};

forbid(principal, action, resource)
when {{ context.connection.platform == "linux" }};
"""


def seed_device_posture(url: str) -> None:
    """Osaka checks devices and enforces it; Tokyo tries a policy out."""
    osaka, tokyo = administrator(url, OSAKA)("ec2"), administrator(url, TOKYO)("ec2")
    osaka.modify_client_vpn_endpoint(
        ClientVpnEndpointId=seeded_endpoint_id(OSAKA),
        DevicePostureOptions={"Enabled": True, "TrustProviders": list(TRUST_PROVIDERS)},
        ConnectionLogOptions={
            "Enabled": True,
            "CloudwatchLogGroup": log_group_name(OSAKA),
            "IncludeAuthorizationPolicyContext": True,
        },
    )
    osaka.modify_client_vpn_endpoint_authorization_policy(
        ClientVpnEndpointId=seeded_endpoint_id(OSAKA),
        PolicyDocument=HEALTHY_DEVICES,
        Description="Healthy devices only",
        ShadowMode="disabled",
    )
    tokyo.modify_client_vpn_endpoint_authorization_policy(
        ClientVpnEndpointId=seeded_endpoint_id(TOKYO),
        PolicyDocument=COMPANY_DEVICES,
        Description="Being tried out",
        ShadowMode="enabled",
    )
