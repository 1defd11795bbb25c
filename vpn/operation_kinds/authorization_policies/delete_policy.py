"""Delete the authorization policy: nothing is evaluated any more, and nobody refused by it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from vpn.authorization_policy.queries import PolicyState
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.authorization_policies.effects import document_changes, lost_blocks
from vpn.operation_kinds.authorization_policies.fields import (
    BEFORE,
    SHADOW,
    current_policy,
    state_of_policy,
    why_policy_unknown,
)
from vpn.operation_kinds.authorization_policies.steps import DeletePolicy, RefreshPolicy
from vpn.operation_plans.consequences import Topic
from vpn.operation_plans.plan import PROFILES_UNAFFECTED, Plan, PlanCheck, Text
from vpn.operations.base.kind import KindGroup, OperationKind, Parameters, Undo, require_endpoint
from vpn.operations.base.step import Step
from vpn.operations.models import Operation


class DeletePolicyKind(OperationKind):
    slug = "delete-policy"
    title = _("Delete the authorization policy")
    summary = _("AWS no longer evaluates anything when people connect. Nobody is disconnected.")
    group = KindGroup.ACCESS
    time_limit = timedelta(minutes=30)

    def why_not(self, endpoint: Endpoint | None) -> Text:
        endpoint = require_endpoint(endpoint)
        if state_of_policy(endpoint) is PolicyState.NONE:
            return _("The endpoint has no authorization policy.")
        return why_policy_unknown(endpoint)

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        before = current_policy(require_endpoint(endpoint))
        is_enforced = not before["shadow_mode"]
        opened = _("Everybody who can sign in gets in again, whom the policy refuses now too.")
        return Plan(
            changes=tuple(document_changes(before["document"], "")),
            checks=(
                # Admin guide, "Delete a policy": it stops evaluation for new connections and for sessions.
                PlanCheck("ok", _("Nobody is disconnected by it."), Topic.CONNECTIONS),
                *([PlanCheck("out", opened, Topic.ACCESS)] if is_enforced else []),
                *(lost_blocks(before["document"], "") if is_enforced else []),
                PROFILES_UNAFFECTED,
            ),
            undo=_("Undoing puts it back in shadow mode. Enforcing it is an operation of its own."),
            before=before,
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        return [DeletePolicy(planned_before=before), RefreshPolicy()]

    def undo(self, operation: Operation) -> Undo | None:
        return Undo("modify-policy", {"document_of": f"{BEFORE}:{operation.pk}", "mode": SHADOW})
