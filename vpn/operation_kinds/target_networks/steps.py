"""Associating and disassociating a target network, and the security groups of the associations."""

from dataclasses import asdict, dataclass

from django.utils.translation import gettext_noop

from vpn.aws import client_vpn, client_vpn_changes, snapshots
from vpn.operations.base.step import Observation, Step, StepContext, StepState

GONE = "disassociated"


def associations(context: StepContext) -> list[snapshots.TargetNetwork]:
    """AWS doesn't say how long it lists a disassociated one: those are left out."""
    target_networks = client_vpn.target_networks(context.client, endpoint_id=context.endpoint_id)
    return [association for association in target_networks if association.status != GONE]


@dataclass(frozen=True)
class AssociateTargetNetwork(Step):
    """AWS: associating → associated, or association-failed; commonly 5 to 15 minutes."""

    title = gettext_noop("Associate the target network")
    aws_call = "associate_target_network"
    subnet_id: str

    @property
    def key(self) -> str:
        return f"associate:{self.subnet_id}"

    @property
    def detail(self) -> str:
        return self.subnet_id

    def observe(self, context: StepContext) -> Observation:
        """Failed ones stay listed beside a newer attempt, so the best of the subnet's counts."""
        matching = [
            association for association in associations(context) if association.subnet_id == self.subnet_id
        ]
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
            subnet_id=self.subnet_id,
            token=context.client_token,
            dry_run=dry_run,
        )


@dataclass(frozen=True)
class DisassociateTargetNetwork(Step):
    """AWS: disassociating, then disassociated or no longer listed."""

    title = gettext_noop("Disassociate the target network")
    aws_call = "disassociate_target_network"
    association_id: str
    subnet_id: str = ""

    @property
    def key(self) -> str:
        return f"disassociate:{self.association_id}"

    @property
    def detail(self) -> str:
        return self.subnet_id or self.association_id

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
    """To every association of the VPC; at once. ``vpc_id`` empty: that of the associations, which AWS tells."""

    title = gettext_noop("Apply the security groups")
    aws_call = "apply_security_groups"
    vpc_id: str
    security_groups: tuple[str, ...]

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
