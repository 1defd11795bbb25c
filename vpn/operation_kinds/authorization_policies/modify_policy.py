"""Write or change an authorization policy: first in shadow mode, where it refuses nobody."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.authorization_policies.effects import (
    document_changes,
    enforced_checks,
    lost_blocks,
    mode_change,
    problem_checks,
)
from vpn.operation_kinds.authorization_policies.fields import (
    AFTER,
    BEFORE,
    ENFORCED,
    SHADOW,
    ModifyPolicyForm,
    current_policy,
    why_policy_unknown,
)
from vpn.operation_kinds.authorization_policies.steps import ModifyPolicy, RefreshPolicy
from vpn.operation_plans.consequences import Reconnection, Topic
from vpn.operation_plans.plan import (
    PROFILES_UNAFFECTED,
    Plan,
    PlanCheck,
    PlannedChange,
    Text,
    people_connected_to,
)
from vpn.operations.base.kind import KindGroup, OperationKind, Parameters, Undo, require_endpoint
from vpn.operations.base.step import Step
from vpn.operations.models import Operation


class ModifyPolicyKind(OperationKind):
    slug = "modify-policy"
    title = _("Write the authorization policy")
    summary = _(
        "Rules in Cedar about devices, people and addresses. They are tried out before they refuse anybody."
    )
    group = KindGroup.ACCESS
    form = ModifyPolicyForm
    time_limit = timedelta(minutes=30)

    def why_not(self, endpoint: Endpoint | None) -> Text:
        return why_policy_unknown(require_endpoint(endpoint))

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        if parameters["mode"] == ENFORCED:
            return gettext("Change the authorization policy that is enforced")
        return gettext("Try an authorization policy out in shadow mode")

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        before, enforces = current_policy(endpoint), parameters["mode"] == ENFORCED
        was_enforced = bool(before["document"]) and not before["shadow_mode"]
        return Plan(
            changes=(
                *document_changes(before["document"], parameters["document"]),
                *mode_change(before, shadow_mode=not enforces),
                *_described(before["description"], parameters["description"]),
            ),
            disconnects=people_connected_to(endpoint) if enforces else (),
            reconnection=Reconnection.IF_PERMITTED,
            checks=(
                *(
                    enforced_checks(endpoint, parameters["document"])
                    if enforces
                    else _shadow_checks(endpoint, parameters["document"], was_enforced=was_enforced)
                ),
                *lost_blocks(before["document"] if was_enforced else "", parameters["document"]),
                PROFILES_UNAFFECTED,
            ),
            destructive=was_enforced,
            undo=_(
                "Undoing puts the earlier document back. What wasn't enforced before or isn't now comes back in shadow "
                "mode: enforcing is an operation of its own."
            ),
            before=before,
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        policy = ModifyPolicy(
            parameters["document"],
            shadow_mode=parameters["mode"] == SHADOW,
            description=parameters["description"],
            planned_before=before,
        )
        return [policy, RefreshPolicy()]

    def form_data(self, operation: Operation) -> dict[str, str]:
        given = operation.parameters
        kept = {"document_of": f"{AFTER}:{operation.pk}"}
        return {"mode": given["mode"], "description": given["description"], **kept}

    def undo(self, operation: Operation) -> Undo | None:
        before = operation.before
        if not before["document"]:
            return Undo("delete-policy")
        keeps_enforced = not before["shadow_mode"] and operation.parameters["mode"] == ENFORCED
        if not before["shadow_mode"] and before["document"] == operation.parameters["document"]:
            # Only shadow mode was switched on.
            return Undo("enforce-policy")
        mode = ENFORCED if keeps_enforced else SHADOW
        return Undo(self.slug, {"document_of": f"{BEFORE}:{operation.pk}", "mode": mode})


def _described(before: str, after: str) -> list[PlannedChange]:
    return [PlannedChange("Description", before or None, after)] if after and after != before else []


def _shadow_checks(endpoint: Endpoint, document: str, *, was_enforced: bool) -> list[PlanCheck]:
    checks = [
        PlanCheck("ok", _("Nobody is disconnected or refused by it in shadow mode."), Topic.CONNECTIONS)
    ]
    if was_enforced:
        text = _("The policy that is enforced now refuses nobody any more, until this one is enforced.")
        checks.append(PlanCheck("out", text, Topic.ACCESS))
    if endpoint.log_group:
        text = _(
            "The endpoint's page then counts whom it would have refused. Wait for a week or so before you enforce "
            "it."
        )
        checks.append(PlanCheck("info", text, Topic.ACCESS))
    else:
        text = _("The endpoint writes no connection log, so shadow mode tells nobody anything.")
        checks.append(PlanCheck("warn", text, Topic.RECORD))
    return [*checks, *problem_checks(endpoint, document, tone="warn")]
