"""Admin guide: "Device posture" with its steps, and "Connection logging"; EC2 API reference: DevicePostureOptions."""

import json
from typing import Any

import pytest

from sandbox.aws.control import Control, SandboxError
from sandbox.company import HOME_ADDRESS, TOKYO
from tests.sandbox.aws.account import Account, eventually, refused

POLICY = """\
permit(principal, action, resource)
when { context.crowdstrike.assessment.overall > 50 };
forbid(principal, action, resource)
when { context.saml.memberOf.contains("contractors") };
"""
CROWDSTRIKE = {
    "TrustProviderType": "crowdstrike",
    "TenantId": "tenant",
    "PublicSigningKeyUrl": "https://keys.example.com/jwk.json",
}
JAMF = {"TrustProviderType": "jamf", "TenantId": "tenant"}
MINUTES = 60


def options(*providers: dict[str, str]) -> dict[str, Any]:
    return {"Enabled": True, "TrustProviders": list(providers)}


def score(overall: int) -> dict[str, Any]:
    return {"crowdstrike": {"assessment": {"overall": overall}}}


class Devices:
    """An endpoint with device posture, and devices that connect to it."""

    def __init__(self, account: Account, control: Control) -> None:
        self.account, self.control = account, control
        self.endpoint = account.associated_endpoint(
            DevicePostureOptions=options(CROWDSTRIKE, JAMF),
            ConnectionLogOptions={
                "Enabled": True,
                "CloudwatchLogGroup": "vpn",
                "IncludeAuthorizationPolicyContext": True,
            },
        )

    def enforce(self, document: str = POLICY) -> None:
        self.change(PolicyDocument=document)

    def change(self, **changes: str) -> None:
        call = self.account.ec2.modify_client_vpn_endpoint_authorization_policy
        call(ClientVpnEndpointId=self.endpoint, **changes)
        # Until it is active, nobody is evaluated.
        self.control.skip(1)

    def connect(self, **device: Any) -> str:
        place = {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": self.endpoint}
        who = {"username": "m.tanaka@example.co.jp", "device_ip": HOME_ADDRESS, "device_type": "win"}
        return str(self.control.connect(**place, **who, **device)["id"])

    def is_active(self, connection: str) -> bool:
        statuses = {c["id"]: c["status"] for c in self.control.connections()}
        return bool(statuses[connection] == "active")

    def newest(self, kind: str = "connection-attempt") -> dict[str, Any]:
        """The newest line that isn't the sign-in's."""

        def lines() -> list[dict[str, Any]]:
            answer = self.account.client("logs").filter_log_events(logGroupName="vpn")
            events = [json.loads(event["message"]) for event in answer["events"]]
            return [
                e
                for e in events
                if e["connection-log-type"] == kind and "authorization-policy-evaluation" in e
            ]

        eventually(lambda: bool(lines()))
        return lines()[-1]

    def evaluation(self, kind: str = "connection-attempt") -> dict[str, Any]:
        return dict(self.newest(kind)["authorization-policy-evaluation"])


@pytest.fixture
def devices(account: Account, control: Control) -> Devices:
    return Devices(account, control)


def test_trust_providers_are_shown_replaced_and_cleared(account: Account) -> None:
    endpoint = account.associated_endpoint(DevicePostureOptions=options(CROWDSTRIKE))
    assert account.described(endpoint)["DevicePostureOptions"] == {"TrustProviders": [CROWDSTRIKE]}
    modify = account.ec2.modify_client_vpn_endpoint
    modify(ClientVpnEndpointId=endpoint, DevicePostureOptions=options(JAMF))
    assert account.described(endpoint)["DevicePostureOptions"] == {"TrustProviders": [JAMF]}
    modify(ClientVpnEndpointId=endpoint, SplitTunnel=True)
    assert account.described(endpoint)["DevicePostureOptions"] == {"TrustProviders": [JAMF]}
    modify(ClientVpnEndpointId=endpoint, DevicePostureOptions={"Enabled": False})
    assert "DevicePostureOptions" not in account.described(endpoint)


def test_a_provider_needs_what_aws_needs_of_it(account: Account) -> None:
    without_url = {name: CROWDSTRIKE[name] for name in ("TrustProviderType", "TenantId")}
    for provider in (without_url, {"TrustProviderType": "jamf"}, {"TenantId": "tenant"}):
        with refused("MissingParameter"):
            account.endpoint(DevicePostureOptions=options(provider))
    with refused("MissingParameter"):
        account.endpoint(DevicePostureOptions={"Enabled": True})
    for wrong in ({"TrustProviderType": "acme"}, {"PublicSigningKeyUrl": "http://keys.example.com"}):
        with refused("InvalidParameterValue"):
            account.endpoint(DevicePostureOptions=options({**CROWDSTRIKE, **wrong}))


def test_the_profile_has_a_line_for_each_provider_and_the_certificate_name(account: Account) -> None:
    endpoint = account.associated_endpoint(DevicePostureOptions=options(CROWDSTRIKE, JAMF))

    def profile() -> list[str]:
        answer = account.ec2.export_client_vpn_client_configuration(ClientVpnEndpointId=endpoint)
        return str(answer["ClientConfiguration"]).splitlines()

    assert profile()[-4:] == [
        "aws-auth-device-posture crowdstrike",
        "aws-auth-device-posture jamf",
        "reneg-sec 0",
        "verify-x509-name vpn.example.co.jp name",
    ]
    arn = account.import_certificate("vpn-2027.example.co.jp")
    account.ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint, ServerCertificateArn=arn)
    assert profile()[-1] == "verify-x509-name vpn-2027.example.co.jp name"


def test_a_healthy_device_is_permitted_and_its_token_is_validated(devices: Devices) -> None:
    devices.enforce()
    devices.connect(tokens=score(80), groups=["employees"])
    event = devices.newest()
    assert event["connection-attempt-status"] == "successful"
    evaluation = event["authorization-policy-evaluation"]
    context = evaluation.pop("context")
    # AWS's sample of a permitted connection, key by key.
    assert list(evaluation.items()) == [
        ("result", "permit"),
        ("evaluation-type", "connection-attempt"),
        ("shadow-mode", "disabled"),
        ("device-token-status", {"crowdstrike": {"status": "validated"}}),
    ]
    assert context["crowdstrike"] == {"assessment": {"overall": 80}}
    assert context["saml"]["memberOf"] == ["employees"]


@pytest.mark.parametrize(
    ("device", "result", "status"),
    [
        ({"tokens": score(20)}, "deny", {"crowdstrike": {"status": "validated"}}),
        (
            {"tokens": {"crowdstrike": "token-malformed"}},
            "error",
            {"crowdstrike": {"status": "failed", "reason": "token-malformed"}},
        ),
        ({}, "error", {}),
        # AWS's client brings tokens from 6.2.0 on.
        ({"tokens": score(80), "client_version": "6.1.1"}, "error", {}),
        (
            {"tokens": score(80), "groups": ["contractors"]},
            "deny",
            {"crowdstrike": {"status": "validated"}},
        ),
    ],
    ids=["unhealthy", "malformed", "no token", "older client", "forbidden group"],
)
def test_who_does_not_meet_an_enforced_policy_is_turned_away(
    devices: Devices, device: dict[str, Any], result: str, status: dict[str, Any]
) -> None:
    devices.enforce()
    with pytest.raises(SandboxError, match="Authorization policy evaluation failed"):
        devices.connect(**device)
    event = devices.newest()
    assert event["connection-attempt-status"] == "failed"
    assert event["connection-attempt-failure-reason"] == "authorization-policy-deny"
    evaluation = event["authorization-policy-evaluation"]
    assert (evaluation["result"], evaluation["reason"]) == (result, "policy-deny")
    assert evaluation["device-token-status"] == status
    assert not devices.control.connections()


def test_in_shadow_mode_everybody_connects_and_the_log_says_who_would_not(devices: Devices) -> None:
    devices.change(PolicyDocument=POLICY, ShadowMode="enabled")
    connection = devices.connect()
    event = devices.newest()
    assert event["connection-attempt-status"] == "successful"
    evaluation = event["authorization-policy-evaluation"]
    assert (evaluation["result"], evaluation["shadow-mode"]) == ("error", "enabled")
    devices.control.skip(30 * MINUTES)
    assert devices.is_active(connection)


def test_a_device_that_gets_worse_is_cut_off_by_the_next_periodic_evaluation(devices: Devices) -> None:
    devices.enforce()
    connection = devices.connect(tokens=score(80))
    devices.control.skip(6 * MINUTES)
    assert devices.is_active(connection)
    devices.control.set_device_tokens(connection, score(30))
    devices.control.skip(3 * MINUTES)
    assert devices.is_active(connection)
    devices.control.skip(2 * MINUTES)
    reset = devices.newest("connection-reset")
    assert (reset["connection-id"], reset["connection-duration-seconds"]) == (connection, "600")
    evaluation = reset["authorization-policy-evaluation"]
    del evaluation["context"]
    # AWS's sample of a session that a periodic evaluation ended, key by key.
    assert list(evaluation.items()) == [
        ("result", "deny"),
        ("evaluation-type", "periodic"),
        ("shadow-mode", "disabled"),
        ("reason", "policy-deny"),
        ("device-token-status", {"crowdstrike": {"status": "validated"}}),
    ]
    listed = devices.account.ec2.describe_client_vpn_connections(ClientVpnEndpointId=devices.endpoint)
    assert listed["Connections"][0]["AuthorizationPolicyLastEvaluatedTime"]


def test_the_last_token_counts_for_fifteen_minutes(devices: Devices) -> None:
    devices.enforce()
    connection = devices.connect(tokens=score(80))
    devices.control.set_device_tokens(connection, {})
    devices.control.skip(14 * MINUTES)
    assert devices.is_active(connection)
    # Until the first evaluation after that
    devices.control.skip(7 * MINUTES)
    assert not devices.is_active(connection)
    assert devices.evaluation("connection-reset")["result"] == "error"


def test_every_change_that_enforces_disconnects_everybody(devices: Devices) -> None:
    devices.change(PolicyDocument=POLICY, ShadowMode="enabled")
    connection = devices.connect(tokens=score(80))
    devices.change(PolicyDocument=f"// again\n{POLICY}")
    assert devices.is_active(connection)
    devices.change(ShadowMode="disabled")
    assert not devices.is_active(connection)
    connection = devices.connect(tokens=score(80))
    devices.change(PolicyDocument=f"// once more\n{POLICY}")
    assert not devices.is_active(connection)
    connection = devices.connect(tokens=score(80))
    call = devices.account.ec2.delete_client_vpn_endpoint_authorization_policy
    call(ClientVpnEndpointId=devices.endpoint)
    devices.control.skip(10 * MINUTES)
    assert devices.is_active(connection)
