"""Read everything of the endpoint's AWS account anew, now."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.endpoint_settings.steps import RefreshSnapshot
from vpn.operation_plans.plan import Plan, PlanCheck
from vpn.operations.base.kind import KindGroup, OperationKind, Parameters, require_endpoint
from vpn.operations.base.step import Step


class RefreshSnapshotsKind(OperationKind):
    slug = "refresh-snapshots"
    title = _("Read from AWS now")
    summary = _("What the portal shows of the endpoint's AWS account is read anew. AWS is not changed.")
    group = KindGroup.PORTAL
    ignores_endpoint_lock = True
    time_limit = timedelta(minutes=10)

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return "refresh"

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        return Plan(changes=(), checks=(PlanCheck("ok", _("AWS is only read.")),))

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        return [RefreshSnapshot(require_endpoint(endpoint).account.name)]
