"""Delete an endpoint, after its subnets."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.endpoints.steps import DeleteEndpoint
from vpn.operation_kinds.target_networks.pause_endpoint import confirm_remembered, remembered
from vpn.operation_kinds.target_networks.steps import DisassociateTargetNetwork
from vpn.operation_plans.configuration import without_endpoint
from vpn.operation_plans.consequences import Topic
from vpn.operation_plans.context import endpoint_quota_use
from vpn.operation_plans.plan import Plan, PlanCheck, PlannedChange, find_consequences, make_check
from vpn.operation_plans.quotas import quota_consequence
from vpn.operations.base.kind import OperationKind, Parameters, require_endpoint
from vpn.operations.base.start_together import start_together
from vpn.operations.base.step import Step
from vpn.operations.endpoint_settings import current_settings
from vpn.quotas.queries import limits_for


class DeleteEndpointKind(OperationKind):
    slug = "delete-endpoint"
    title = _("Delete the endpoint")
    summary = _("It goes for ever, with its address, rules and routes. Nobody's profile for it works again.")
    time_limit = timedelta(hours=2)

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = require_endpoint(endpoint)
        before = remembered(endpoint)
        consequences = find_consequences(endpoint, without_endpoint)
        networks = [
            PlannedChange("target network", association["subnet_id"], None)
            for association in before["associations"]
        ]
        return Plan(
            changes=(*networks, PlannedChange("endpoint", endpoint.endpoint_id, None)),
            disconnects=consequences.disconnects,
            reconnection=consequences.reconnection,
            checks=(
                *consequences.checks,
                make_check(
                    quota_consequence(
                        endpoint_quota_use(endpoint.account, limits_for(endpoint.account), more=-1)
                    )
                ),
                PlanCheck(
                    "info", _("NAT gateway and fixed IP address stay, and go on costing money."), Topic.COST
                ),
                PlanCheck("info", _("The connection log and what the portal recorded stay.")),
            ),
            destructive=True,
            undo=_(
                "This can't be undone. A new endpoint has another address, so that everybody needs a new profile."
            ),
            before={
                **before,
                "rules": endpoint.authorization_rules,
                "settings": current_settings(endpoint.settings),
            },
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        networks = [
            DisassociateTargetNetwork(association["association_id"], association["subnet_id"])
            for association in before["associations"]
        ]
        return [*confirm_remembered(before), *start_together(*networks), DeleteEndpoint()]
