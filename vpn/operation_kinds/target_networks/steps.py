"""Associating and disassociating a target network, and the security groups of the associations."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils.translation import gettext_noop

from vpn.aws import client_vpn, client_vpn_changes, snapshots
from vpn.operation_plans.configuration import LIVE_ASSOCIATIONS, LIVE_ROUTES
from vpn.operations.base.step import Observation, Step, StepContext, StepState
from vpn.operations.endpoint_settings import current_settings

GONE = "disassociated"


def associations(context: StepContext) -> list[snapshots.TargetNetwork]:
    """AWS doesn't say how long it lists a disassociated one: those are left out."""
    target_networks = client_vpn.target_networks(context.client, endpoint_id=context.endpoint_id)
    return [association for association in target_networks if association.status != GONE]


@dataclass(frozen=True)
class AssociateTargetNetwork(Step):
    """AWS: associating → associated, or association-failed; commonly 5 to 15 minutes."""

    title = gettext_noop("Associate the target network")
    begin_title = gettext_noop("Begin to associate the target network")
    aws_call = "associate_target_network"
    place: str

    @property
    def key(self) -> str:
        return f"associate:{self.place}"

    @property
    def detail(self) -> str:
        return self.place

    def observe(self, context: StepContext) -> Observation:
        """Failed ones stay listed beside a newer attempt, so the best of the place's counts."""
        matching = [association for association in associations(context) if association.place == self.place]
        for status in ("associated", "associating", "disassociating"):
            for association in matching:
                if association.status == status:
                    state = StepState.DONE if status == "associated" else StepState.IN_PROGRESS
                    return Observation(state, asdict(association), status)
        failed = [association for association in matching if association.status == "association-failed"]
        if failed and context.row.acted_at:
            return Observation(
                StepState.FAILED,
                asdict(failed[-1]),
                failed[-1].status,
                error_id="operation-association-failed",
                aws_message=failed[-1].message,
            )
        return Observation(
            StepState.NOT_DONE, {"associations": [asdict(association) for association in matching]}
        )

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.associate_target_network(
            context.client,
            endpoint_id=context.endpoint_id,
            place=self.place,
            token=context.client_token,
            dry_run=dry_run,
        )


@dataclass(frozen=True)
class DisassociateTargetNetwork(Step):
    """AWS: disassociating, then disassociated or no longer listed."""

    title = gettext_noop("Disassociate the target network")
    begin_title = gettext_noop("Begin to disassociate the target network")
    aws_call = "disassociate_target_network"
    association_id: str
    place: str = ""

    @property
    def key(self) -> str:
        return f"disassociate:{self.association_id}"

    @property
    def detail(self) -> str:
        return self.place or self.association_id

    def observe(self, context: StepContext) -> Observation:
        matching = [
            association
            for association in associations(context)
            if association.association_id == self.association_id
        ]
        if not matching:
            return Observation(StepState.DONE)
        state = StepState.IN_PROGRESS if matching[0].status == "disassociating" else StepState.NOT_DONE
        return Observation(state, asdict(matching[0]), matching[0].status)

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.disassociate_target_network(
            context.client,
            endpoint_id=context.endpoint_id,
            association_id=self.association_id,
            dry_run=dry_run,
        )


@dataclass(frozen=True)
class ApplySecurityGroups(Step):
    """To every association of the VPC; at once. ``vpc_id`` empty: that of the associations, which AWS tells.

    ``planned_before``: the groups by subnet, in the plan.
    """

    title = gettext_noop("Apply the security groups")
    aws_call = "apply_security_groups"
    vpc_id: str
    security_groups: tuple[str, ...]
    planned_before: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return f"security-groups:{','.join(self.security_groups)}"

    @property
    def detail(self) -> str:
        return ", ".join(self.security_groups)

    def observe(self, context: StepContext) -> Observation:
        matching = [
            association
            for association in associations(context)
            if association.status in {"associated", "associating"}
        ]
        applied = all(
            set(association.security_groups) == set(self.security_groups) for association in matching
        )
        seen = {association.subnet_id: list(association.security_groups) for association in matching}
        return Observation(
            StepState.DONE if applied and matching else StepState.NOT_DONE, {"security_groups": seen}
        )

    def find_deviation(self, observation: Observation) -> str:
        return "; ".join(
            f"{subnet}: {', '.join(groups) or '–'}"
            for subnet, groups in observation.details["security_groups"].items()
            if subnet in self.planned_before and set(groups) != set(self.planned_before[subnet])
        )

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.apply_security_groups(
            context.client,
            endpoint_id=context.endpoint_id,
            vpc_id=self.vpc_id or self._bound_to(context, dry_run=dry_run),
            security_groups=list(self.security_groups),
            dry_run=dry_run,
        )

    def _bound_to(self, context: StepContext, *, dry_run: bool) -> str:
        """A dry run comes before the first association, and AWS looks at the permission only."""
        associated = [] if dry_run else associations(context)
        return associated[0].vpc_id if associated else "vpc-00000000"


@dataclass(frozen=True)
class ConfirmRemembered(Step):
    """Before subnets go: does AWS have the associations, routes and groups that the plan remembers?

    They go with the subnets, and what the plan doesn't know couldn't be put back. A step of its own, because AWS has
    something else after the first subnet has gone. ``subnets`` are zones where there is a transit gateway.
    """

    title = gettext_noop("Compare AWS with the plan")
    subnets: tuple[str, ...]
    routes: tuple[tuple[str, str], ...]
    security_groups: tuple[str, ...]

    @property
    def key(self) -> str:
        return "as-planned"

    def observe(self, context: StepContext) -> Observation:
        """``routes`` are those that people made on the subnets: AWS makes its own again with an association."""
        endpoint = client_vpn.endpoint(context.client, endpoint_id=context.endpoint_id)
        live = [network for network in associations(context) if network.status in LIVE_ASSOCIATIONS]
        routes = client_vpn.routes(context.client, endpoint_id=context.endpoint_id)
        seen: dict[str, Any] = {
            "subnets": sorted(network.place for network in live),
            "routes": sorted(
                [route.destination_cidr, route.target_subnet]
                for route in routes
                if route.origin == "add-route"
                and route.status in LIVE_ROUTES
                and route.target_subnet != "local"
            ),
            "security_groups": sorted(current_settings(endpoint.settings)["security_groups"]),
        }
        planned: dict[str, Any] = {
            "subnets": sorted(self.subnets),
            "routes": sorted([destination, subnet] for destination, subnet in self.routes),
            "security_groups": sorted(self.security_groups),
        }
        differing = [name for name in planned if planned[name] != seen[name]]
        if not differing:
            return Observation(StepState.DONE, seen)
        message = "; ".join(f"{name}: {_joined(seen[name])}" for name in differing)
        return Observation(StepState.FAILED, seen, error_id="operation-not-as-planned", aws_message=message)


def _joined(values: list[Any]) -> str:
    """A route through a transit gateway has a destination only."""
    texts = (" → ".join(filter(None, value)) if isinstance(value, list) else value for value in values)
    return ", ".join(texts) or "–"
