"""An authorization policy is tried out, enforced, changed and deleted, each with a plan that says whom it hits."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from sandbox.aws.control import Control
from sandbox.company import EMPLOYEES, TOKYO
from tests.vpn.operations.asking import Ask, finish, plan
from vpn.authorization_policy import services
from vpn.authorization_policy.queries import PolicyState, find_policy
from vpn.aws import accounts
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds import get_kind
from vpn.operation_kinds.authorization_policies.fields import state_of_policy
from vpn.operations.models import Operation
from vpn.operations.states import OperationStatus

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

Look = Callable[[], Endpoint]
TANAKA, KATO = "m.tanaka@example.co.jp", "y.kato@example.co.jp"
POLICY = f"""\
// employees
permit(principal, action, resource)
when {{ context.saml.memberOf.contains("{EMPLOYEES.id}") }};
"""


@pytest.fixture
def read(resync: Look) -> Look:
    def read_again() -> Endpoint:
        endpoint = resync()
        # As if five minutes had passed
        endpoint_policy = find_policy(endpoint)
        if endpoint_policy is not None:
            endpoint_policy.delete()
        account = accounts.get(endpoint.account.name)
        assert account is not None
        services.read_policies(account)
        return Endpoint.objects.get(pk=endpoint.pk)

    return read_again


def succeeded(operation: Operation, control: Control) -> Operation:
    finish(operation, between=lambda: control.skip(30))
    assert (operation.status, operation.error_id, operation.error_message) == (
        OperationStatus.SUCCEEDED,
        "",
        "",
    )
    return operation


def connect(control: Control, endpoint: Endpoint, username: str) -> str:
    place = {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": endpoint.endpoint_id}
    made = control.connect(**place, username=username, device_ip="198.51.100.27", groups=[EMPLOYEES.id])
    return str(made["id"])


def document(ec2: "EC2Client", endpoint: Endpoint) -> tuple[str, str]:
    answer = ec2.get_client_vpn_endpoint_authorization_policy(ClientVpnEndpointId=endpoint.endpoint_id)
    return answer.get("PolicyDocument", ""), answer.get("ShadowMode", "")


def test_a_policy_goes_from_shadow_mode_to_enforced_and_all_the_way_back(
    ask: Ask, read: Look, ec2: "EC2Client", control: Control, english: None
) -> None:
    endpoint = read()
    assert state_of_policy(endpoint) is PolicyState.NONE
    connect(control, endpoint, TANAKA)
    connect(control, endpoint, KATO)
    endpoint = read()
    tried = plan("modify-policy", endpoint, document=POLICY)
    assert tried.plan is not None
    assert not tried.plan.disconnects
    assert not tried.plan.destructive
    written = succeeded(ask("modify-policy", endpoint, document=POLICY), control)
    assert document(ec2, endpoint) == (POLICY, "enabled")
    # The page knows at once, without another reading.
    assert state_of_policy(endpoint) is PolicyState.SHADOW
    endpoint = read()
    enforced = plan("enforce-policy", endpoint).plan
    assert enforced is not None
    assert enforced.destructive
    assert {person.username for person in enforced.disconnects} == {TANAKA, KATO}
    assert TOKYO.label in str(enforced.gravest[0].text)
    operation = succeeded(ask("enforce-policy", endpoint), control)
    assert document(ec2, endpoint) == (POLICY, "disabled")
    assert {c["ended_by"] for c in control.connections()} == {"reset"}
    for undone, expected in ((operation, (POLICY, "enabled")), (written, ("", ""))):
        undo = get_kind(undone.kind).undo(undone)
        assert undo is not None
        succeeded(ask(undo.kind, read(), **undo.data), control)
        assert document(ec2, endpoint) == expected


def test_a_policy_that_was_never_tried_out_is_not_enforced(read: Look, english: None) -> None:
    endpoint = read()
    refused = plan("modify-policy", endpoint, document=POLICY, mode="enforced")
    assert "mode" in refused.form.errors
    assert get_kind("enforce-policy").why_not(endpoint)
    wrong = plan("modify-policy", endpoint, document="permit(principal, action, resource)\nwhen { x };")
    assert "Line 2" in str(wrong.form.errors["document"])


def test_a_change_of_an_enforced_policy_names_everybody_and_its_undo_puts_it_back(
    ask: Ask, read: Look, ec2: "EC2Client", control: Control, endpoint: Endpoint, english: None
) -> None:
    blocked = f'{POLICY}// genkan: begin "{TANAKA}"\nforbid(principal, action, resource) when {{ false }};\n'
    ec2.modify_client_vpn_endpoint_authorization_policy(
        ClientVpnEndpointId=endpoint.endpoint_id, PolicyDocument=blocked, ShadowMode="disabled"
    )
    control.skip(60)
    connect(control, endpoint, KATO)
    endpoint = read()
    planned = plan("modify-policy", endpoint, document=POLICY).plan
    assert planned is not None
    assert {person.username for person in planned.disconnects} == {KATO}
    # Whom the portal had blocked by the policy gets in again: that is no small change of words.
    assert any(TANAKA in str(check.text) for check in planned.gravest)
    operation = succeeded(ask("modify-policy", endpoint, document=POLICY), control)
    undo = get_kind("modify-policy").undo(operation)
    assert undo is not None
    succeeded(ask(undo.kind, read(), **undo.data), control)
    assert document(ec2, endpoint) == (blocked, "disabled")
    deleted = succeeded(ask("delete-policy", read()), control)
    assert document(ec2, endpoint) == ("", "")
    undo = get_kind("delete-policy").undo(deleted)
    assert undo is not None
    succeeded(ask(undo.kind, read(), **undo.data), control)
    assert document(ec2, endpoint) == (blocked, "enabled")


def test_what_somebody_changed_meanwhile_is_not_overwritten(
    ask: Ask, read: Look, ec2: "EC2Client", control: Control
) -> None:
    endpoint = read()
    operation = ask("modify-policy", endpoint, document=POLICY)
    other = "permit(principal, action, resource);"
    ec2.modify_client_vpn_endpoint_authorization_policy(
        ClientVpnEndpointId=endpoint.endpoint_id, PolicyDocument=other, ShadowMode="disabled"
    )
    control.skip(60)
    finish(operation)
    assert operation.error_id == "operation-not-as-planned"
    assert document(ec2, endpoint) == (other, "disabled")


def test_a_policy_that_could_not_be_read_is_unknown_and_never_changed(
    read: Look, control: Control, english: None
) -> None:
    control.fail("GetClientVpnEndpointAuthorizationPolicy", "UnauthorizedOperation", status=403)
    endpoint = read()
    assert state_of_policy(endpoint) is PolicyState.UNKNOWN
    assert get_kind("modify-policy").why_not(endpoint)
    assert get_kind("delete-policy").why_not(endpoint)
