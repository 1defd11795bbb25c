"""Authorizing and revoking access."""

from dataclasses import asdict, dataclass

from django.utils.translation import gettext_noop

from vpn.aws import client_vpn, client_vpn_changes, snapshots
from vpn.operations.base.step import Observation, Step, StepContext, StepState


@dataclass(frozen=True)
class _Rule(Step):
    """``group_id`` empty: everybody."""

    destination_cidr: str
    group_id: str

    @property
    def detail(self) -> str:
        return f"{self.destination_cidr} ← {self.group_id or '*'}"

    def found(self, context: StepContext) -> snapshots.AuthorizationRule | None:
        rules = client_vpn.authorization_rules(context.client, endpoint_id=context.endpoint_id)
        wanted = (self.destination_cidr, self.group_id)
        return next((rule for rule in rules if (rule.destination_cidr, rule.group_id) == wanted), None)


@dataclass(frozen=True)
class AuthorizeIngress(_Rule):
    """AWS: authorizing → active, or failed."""

    title = gettext_noop("Authorize access")
    begin_title = gettext_noop("Begin to authorize access")
    aws_call = "authorize_ingress"
    description: str = ""

    @property
    def key(self) -> str:
        return f"authorize:{self.destination_cidr}:{self.group_id}"

    def observe(self, context: StepContext) -> Observation:
        rule = self.found(context)
        if rule is None:
            return Observation(StepState.NOT_DONE)
        states = {"active": StepState.DONE, "failed": StepState.FAILED}
        return Observation(
            states.get(rule.status, StepState.IN_PROGRESS),
            asdict(rule),
            rule.status,
            aws_message=rule.message,
        )

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.authorize_ingress(
            context.client,
            endpoint_id=context.endpoint_id,
            destination_cidr=self.destination_cidr,
            group_id=self.group_id,
            description=self.description,
            token=context.client_token,
            dry_run=dry_run,
        )


@dataclass(frozen=True)
class RevokeIngress(_Rule):
    """AWS: revoking, then it is no longer listed."""

    title = gettext_noop("Revoke access")
    begin_title = gettext_noop("Begin to revoke access")
    aws_call = "revoke_ingress"

    @property
    def key(self) -> str:
        return f"revoke:{self.destination_cidr}:{self.group_id}"

    def observe(self, context: StepContext) -> Observation:
        rule = self.found(context)
        if rule is None:
            return Observation(StepState.DONE)
        state = StepState.IN_PROGRESS if rule.status == "revoking" else StepState.NOT_DONE
        return Observation(state, asdict(rule), rule.status)

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.revoke_ingress(
            context.client,
            endpoint_id=context.endpoint_id,
            destination_cidr=self.destination_cidr,
            group_id=self.group_id,
            dry_run=dry_run,
        )
