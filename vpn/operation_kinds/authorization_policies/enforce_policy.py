"""Enforce the policy that was tried out in shadow mode. AWS disconnects everybody of the endpoint."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from vpn.authorization_policy.queries import PolicyState
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.authorization_policies.effects import enforced_checks, mode_change, shadow_checks
from vpn.operation_kinds.authorization_policies.fields import (
    SHADOW,
    current_policy,
    state_of_policy,
    why_policy_unknown,
)
from vpn.operation_kinds.authorization_policies.steps import ModifyPolicy, RefreshPolicy
from vpn.operation_plans.consequences import Reconnection
from vpn.operation_plans.plan import PROFILES_UNAFFECTED, Plan, Text, people_connected_to
from vpn.operations.base.kind import KindGroup, OperationKind, Parameters, Undo, require_endpoint
from vpn.operations.base.step import Step
from vpn.operations.models import Operation


class EnforcePolicyKind(OperationKind):
    slug = "enforce-policy"
    title = _("Enforce the authorization policy")
    summary = _("Ends shadow mode: AWS disconnects everybody, and refuses whom the policy doesn't permit.")
    group = KindGroup.ACCESS
    time_limit = timedelta(minutes=30)

    def why_not(self, endpoint: Endpoint | None) -> Text:
        endpoint = require_endpoint(endpoint)
        state = state_of_policy(endpoint)
        if state is PolicyState.ENFORCED:
            return _("The endpoint's policy is enforced already.")
        if state in {PolicyState.NONE, PolicyState.FAILED}:
            return _("The endpoint has no policy that was tried out. Write one first.")
        return why_policy_unknown(endpoint)

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        before = current_policy(endpoint)
        return Plan(
            changes=tuple(mode_change(before, shadow_mode=False)),
            disconnects=people_connected_to(endpoint),
            reconnection=Reconnection.IF_PERMITTED,
            checks=(
                *enforced_checks(endpoint, before["document"]),
                *shadow_checks(endpoint),
                PROFILES_UNAFFECTED,
            ),
            destructive=True,
            undo=_("Undoing switches shadow mode on again: nobody is refused, and nobody disconnected."),
            before=before,
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        # The document is sent too, so that nothing is enforced that nobody has seen in the plan.
        policy = ModifyPolicy(before["document"], shadow_mode=False, planned_before=before)
        return [policy, RefreshPolicy()]

    def undo(self, operation: Operation) -> Undo | None:
        return Undo("modify-policy", {"mode": SHADOW})
