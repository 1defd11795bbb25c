"""Read everything of the endpoint's AWS account anew, now."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.endpoint_settings.steps import RefreshSnapshot
from vpn.operations.base.kind import KindGroup, OperationKind, Parameters, endpoint_of
from vpn.operations.base.step import Step
from vpn.operations.plan.plans import Plan, PlanCheck


class RefreshSnapshotsKind(OperationKind):
    slug = "refresh-snapshots"
    title = _("Read from AWS now")
    lead = _("What the portal shows of the endpoint's AWS account is read anew. AWS is not changed.")
    group = KindGroup.PORTAL
    independent = True
    deadline = timedelta(minutes=10)

    def lane(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return "refresh"

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        return Plan(changes=(), checks=(PlanCheck("ok", _("AWS is only read.")),))

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        return [RefreshSnapshot(endpoint_of(endpoint).account.name)]
