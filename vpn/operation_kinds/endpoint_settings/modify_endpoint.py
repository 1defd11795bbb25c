"""Modify an endpoint: one form with what is set now; only what was changed is sent."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.authorization_policy.cedar_check import find_problems
from vpn.authorization_policy.queries import find_policy
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.endpoint_settings.fields import (
    IMMUTABLE,
    SETTING_NAMES,
    ModifyEndpointForm,
    form_data,
)
from vpn.operation_kinds.endpoint_settings.setting_words import setting_texts
from vpn.operation_kinds.endpoint_settings.steps import ModifyEndpoint, endpoint_changes
from vpn.operation_plans.configuration import with_settings
from vpn.operation_plans.consequences import Topic, join_names
from vpn.operation_plans.plan import Plan, PlanCheck, PlannedChange, Text, find_consequences
from vpn.operations.base.kind import OperationKind, Parameters, Undo, require_endpoint
from vpn.operations.base.step import Step
from vpn.operations.endpoint_settings import AWS_MEMBER_NAMES, LOG_SETTINGS, current_settings
from vpn.operations.models import Operation


class ModifyEndpointKind(OperationKind):
    slug = "modify-endpoint"
    title = _("Modify the endpoint")
    summary = _(
        "Split tunnel, DNS servers, session length, login banner, security groups, connection log, port and more."
    )
    form = ModifyEndpointForm

    def why_not(self, endpoint: Endpoint | None) -> Text:
        if require_endpoint(endpoint).settings:
            return ""
        return _("The portal hasn't read these settings from AWS yet. Try again in a minute.")

    def form_notes(self, endpoint: Endpoint | None) -> Sequence[PlanCheck]:
        return IMMUTABLE

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        """One setting is named, more are counted."""
        given = [name for name in AWS_MEMBER_NAMES if name in parameters]
        # The settings of the log come together, whichever of them was changed.
        changed = [name for name in given if name == "log_group" or name not in LOG_SETTINGS]
        if len(changed) == 1:
            return str(setting_texts(changed[0], parameters[changed[0]]).heading)
        first = join_names([str(SETTING_NAMES[name]) for name in changed], most=2)
        return gettext("Modify settings (%(names)s)") % {"names": first}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        now = current_settings(endpoint.settings)
        consequences = find_consequences(endpoint, lambda state: with_settings(state, parameters))
        slowly = PlanCheck("info", _("It may take AWS up to four hours until it holds everywhere."))
        return Plan(
            changes=tuple(
                _change(name, now[name], parameters[name])
                for name in AWS_MEMBER_NAMES
                if name in parameters and now[name] != parameters[name]
            ),
            disconnects=consequences.disconnects,
            reconnection=consequences.reconnection,
            checks=(*consequences.checks, *_policy_checks(endpoint, parameters), slowly),
            destructive=bool(consequences.disconnects),
            undo=_("Undoing sets everything back to what it was."),
            before={name: now[name] for name in parameters},
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        return [ModifyEndpoint(endpoint_changes(parameters), planned_before=before)]

    def form_data(self, operation: Operation) -> dict[str, str]:
        return form_data(operation.parameters)

    def undo(self, operation: Operation) -> Undo | None:
        return Undo(self.slug, form_data(operation.before))


def _policy_checks(endpoint: Endpoint, parameters: Parameters) -> list[PlanCheck]:
    """An enforced policy that asks for a token which nobody brings any more refuses everybody."""
    policy = find_policy(endpoint)
    if "trust_providers" not in parameters or policy is None or not policy.document:
        return []
    types = [line.partition(" ")[0] for line in parameters["trust_providers"]]
    problems = find_problems(policy.document, providers=types, authentication=endpoint.authentication)
    tone = "warn" if policy.shadow_mode else "out"
    return [PlanCheck(tone, str(problem), Topic.ACCESS) for problem in problems]


def _change(name: str, before: Any, after: Any) -> PlannedChange:
    return PlannedChange(
        AWS_MEMBER_NAMES[name],
        _shown(before),
        _shown(after),
        setting_texts(name, before).meaning,
        setting_texts(name, after).meaning,
    )


def _shown(value: Any) -> str:
    """As AWS writes it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(value) or "–"
    return str(value) or "–"
