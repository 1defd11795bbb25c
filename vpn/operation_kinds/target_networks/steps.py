"""Associating and disassociating a target network, and the security groups of the associations."""

from dataclasses import asdict, dataclass

from django.utils.translation import gettext_noop

from vpn.aws import client_vpn, client_vpn_changes, snapshots
from vpn.operations.base.step import Observation, Step, StepContext, StepState

GONE = "disassociated"


def associations(work: StepContext) -> list[snapshots.TargetNetwork]:
    """AWS doesn't say how long it lists a disassociated one: those are left out."""
    found = client_vpn.target_networks(work.client, endpoint_id=work.endpoint_id)
    return [one for one in found if one.status != GONE]


@dataclass(frozen=True)
class AssociateTargetNetwork(Step):
    """AWS: associating → associated, or association-failed; commonly 5 to 15 minutes."""

    title = gettext_noop("Associate the target network")
    call = "associate_target_network"
    subnet_id: str

    @property
    def key(self) -> str:
        return f"associate:{self.subnet_id}"

    @property
    def detail(self) -> str:
        return self.subnet_id

    def look(self, work: StepContext) -> Observation:
        """Failed ones stay listed beside a newer attempt, so the best of the subnet's counts."""
        found = [one for one in associations(work) if one.subnet_id == self.subnet_id]
        for status in ("associated", "associating", "disassociating"):
            for one in found:
                if one.status == status:
                    state = StepState.DONE if status == "associated" else StepState.MOVING
                    return Observation(state, asdict(one), status)
        failed = [one for one in found if one.status == "association-failed"]
        if failed and work.row.acted_at:
            return Observation(
                StepState.FAILED,
                asdict(failed[-1]),
                failed[-1].status,
                reason="operation-association-failed",
                message=failed[-1].message,
            )
        return Observation(StepState.TODO, {"associations": [asdict(one) for one in found]})

    def act(self, work: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.associate_target_network(
            work.client,
            endpoint_id=work.endpoint_id,
            subnet_id=self.subnet_id,
            token=work.token,
            dry_run=dry_run,
        )


@dataclass(frozen=True)
class DisassociateTargetNetwork(Step):
    """AWS: disassociating, then disassociated or no longer listed."""

    title = gettext_noop("Disassociate the target network")
    call = "disassociate_target_network"
    association_id: str
    subnet_id: str = ""

    @property
    def key(self) -> str:
        return f"disassociate:{self.association_id}"

    @property
    def detail(self) -> str:
        return self.subnet_id or self.association_id

    def look(self, work: StepContext) -> Observation:
        found = [one for one in associations(work) if one.association_id == self.association_id]
        if not found:
            return Observation(StepState.DONE)
        state = StepState.MOVING if found[0].status == "disassociating" else StepState.TODO
        return Observation(state, asdict(found[0]), found[0].status)

    def act(self, work: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.disassociate_target_network(
            work.client,
            endpoint_id=work.endpoint_id,
            association_id=self.association_id,
            dry_run=dry_run,
        )


@dataclass(frozen=True)
class ApplySecurityGroups(Step):
    """To every association of the VPC; at once. ``vpc_id`` empty: that of the associations, which AWS tells."""

    title = gettext_noop("Apply the security groups")
    call = "apply_security_groups"
    vpc_id: str
    security_groups: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"security-groups:{','.join(self.security_groups)}"

    @property
    def detail(self) -> str:
        return ", ".join(self.security_groups)

    def look(self, work: StepContext) -> Observation:
        found = [one for one in associations(work) if one.status in {"associated", "associating"}]
        applied = all(set(one.security_groups) == set(self.security_groups) for one in found)
        seen = {one.subnet_id: list(one.security_groups) for one in found}
        return Observation(StepState.DONE if applied and found else StepState.TODO, {"security_groups": seen})

    def act(self, work: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.apply_security_groups(
            work.client,
            endpoint_id=work.endpoint_id,
            vpc_id=self.vpc_id or self._bound_to(work, dry_run=dry_run),
            security_groups=list(self.security_groups),
            dry_run=dry_run,
        )

    def _bound_to(self, work: StepContext, *, dry_run: bool) -> str:
        """A dry run comes before the first association, and AWS looks at the permission only."""
        found = [] if dry_run else associations(work)
        return found[0].vpc_id if found else "vpc-00000000"
