"""Delete an endpoint, after its subnets."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.endpoints.steps import DeleteEndpoint
from vpn.operation_kinds.target_networks.pause_endpoint import remembered
from vpn.operation_kinds.target_networks.steps import DisassociateTargetNetwork
from vpn.operations.base.begin import at_once
from vpn.operations.base.kind import OperationKind, Parameters, endpoint_of
from vpn.operations.base.step import Step
from vpn.operations.plan.findings import Topic
from vpn.operations.plan.gather import endpoints_in
from vpn.operations.plan.plans import Plan, PlanCheck, PlannedChange, check_of, consequences_of
from vpn.operations.plan.quotas import quota_finding
from vpn.operations.plan.state import deleted
from vpn.operations.settings import current_of


class DeleteEndpointKind(OperationKind):
    slug = "delete-endpoint"
    title = _("Delete the endpoint")
    lead = _("It goes for ever, with its address, rules and routes. Nobody's profile for it works again.")
    deadline = timedelta(hours=2)

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        endpoint = endpoint_of(endpoint)
        before = remembered(endpoint)
        found = consequences_of(endpoint, deleted)
        networks = [PlannedChange("target network", one["subnet_id"], None) for one in before["associations"]]
        return Plan(
            changes=(*networks, PlannedChange("endpoint", endpoint.endpoint_id, None)),
            disconnects=found.disconnects,
            reconnects=False,
            checks=(
                PlanCheck("out", _("Nobody can ever connect to it again."), Topic.CONNECTIONS),
                *(one for one in found.checks if one.topic != Topic.CONNECTIONS),
                check_of(quota_finding(endpoints_in(endpoint.account, more=-1))),
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
                "settings": current_of(endpoint.settings),
            },
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        networks = [
            DisassociateTargetNetwork(one["association_id"], one["subnet_id"])
            for one in before["associations"]
        ]
        return [*at_once(*networks), DeleteEndpoint()]
