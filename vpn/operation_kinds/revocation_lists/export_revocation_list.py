"""Export the list of revoked client certificates that AWS has."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.revocation_lists.import_revocation_list import MUTUAL
from vpn.operation_kinds.revocation_lists.steps import ExportRevocationList
from vpn.operation_plans.plan import Plan, PlanCheck, Text
from vpn.operations.base.kind import KindGroup, OperationKind, Parameters, require_endpoint
from vpn.operations.base.step import Step


class ExportRevocationListKind(OperationKind):
    slug = "export-revocation-list"
    title = _("Export the revocation list")
    summary = _("The list that AWS has now is fetched, and can be downloaded here. AWS is not changed.")
    group = KindGroup.PEOPLE
    time_limit = timedelta(minutes=30)

    def why_not(self, endpoint: Endpoint | None) -> Text:
        if MUTUAL in require_endpoint(endpoint).authentication:
            return ""
        return _("Nobody signs in to this endpoint by certificate, so AWS has no list for it.")

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return "export-revocation-list"

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        return Plan(changes=(), checks=(PlanCheck("ok", _("AWS is only read.")),))

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        return [ExportRevocationList()]
