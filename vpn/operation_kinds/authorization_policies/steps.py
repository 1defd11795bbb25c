"""Setting and deleting an authorization policy, and reading it anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_noop

from vpn.authorization_policy.services import get_policy, store_policy
from vpn.aws import client_vpn_changes
from vpn.aws.answers import AuthorizationPolicy
from vpn.aws.errors import AlreadyGone, AwsError, is_unknown_refusal, says_there_is_none
from vpn.operations.base.step import Observation, Step, StepContext, StepState

MOVING = {"creating", "updating"}


@dataclass(frozen=True)
class ModifyPolicy(Step):
    """``description`` empty leaves AWS's as it is. ``planned_before``: what the plan said is there now."""

    title = gettext_noop("Set the authorization policy")
    aws_call = "modify_authorization_policy"
    document: str
    shadow_mode: bool
    description: str = ""
    planned_before: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return "policy"

    @property
    def detail(self) -> str:
        return f"ShadowMode: {client_vpn_changes.SHADOW_MODE[self.shadow_mode]}"

    def observe(self, context: StepContext) -> Observation:
        policy = self._policy(context)
        seen = {
            "document": policy.document,
            "description": policy.description,
            "shadow_mode": policy.shadow_mode,
        }
        if policy.status in MOVING:
            return Observation(StepState.IN_PROGRESS, seen, policy.status)
        if policy.status == "failed" and context.row.acted_at:
            return Observation(StepState.FAILED, seen, policy.status)
        same = (policy.document, policy.shadow_mode) == (self.document, self.shadow_mode)
        described = self.description in {"", policy.description}
        done = same and described and policy.status == "active"
        return Observation(StepState.DONE if done else StepState.NOT_DONE, seen, policy.status)

    def find_deviation(self, observation: Observation) -> str:
        """Who had the document before them that somebody has changed since would take that back unknowingly."""
        before, seen = self.planned_before, observation.details
        if before and (before["document"], before["shadow_mode"] and bool(before["document"])) != (
            seen["document"],
            seen["shadow_mode"] and bool(seen["document"]),
        ):
            return "PolicyDocument, ShadowMode"
        return ""

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.modify_authorization_policy(
            context.client,
            endpoint_id=context.endpoint_id,
            document=self.document,
            description=self.description,
            shadow_mode=self.shadow_mode,
            token=context.client_token,
            dry_run=dry_run,
        )

    def _policy(self, context: StepContext) -> AuthorizationPolicy:
        """Empty where AWS shows none, also where it refuses in a way of which nothing is known and none is expected."""
        try:
            return get_policy(context.client, context.endpoint_id)
        except AwsError as error:
            expected = context.row.acted_at or self.planned_before.get("document")
            if expected or not is_unknown_refusal(error):
                raise
            return AuthorizationPolicy()


@dataclass(frozen=True)
class DeletePolicy(Step):
    title = gettext_noop("Delete the authorization policy")
    aws_call = "delete_authorization_policy"
    planned_before: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return "delete-policy"

    def observe(self, context: StepContext) -> Observation:
        policy = get_policy(context.client, context.endpoint_id)
        seen = {"document": policy.document, "shadow_mode": policy.shadow_mode}
        if not policy.document and not policy.status:
            return Observation(StepState.DONE, seen)
        state = StepState.IN_PROGRESS if policy.status == "deleting" else StepState.NOT_DONE
        return Observation(state, seen, policy.status)

    def find_deviation(self, observation: Observation) -> str:
        before = self.planned_before
        changed = before and before["document"] != observation.details["document"]
        return "PolicyDocument" if changed else ""

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        try:
            client_vpn_changes.delete_authorization_policy(
                context.client, endpoint_id=context.endpoint_id, dry_run=dry_run
            )
        except AwsError as error:
            # Deleted since it was looked at: that is what was wanted.
            if not isinstance(error, AlreadyGone) and not says_there_is_none(error):
                raise


@dataclass(frozen=True)
class RefreshPolicy(Step):
    """So that the pages show at once what was done."""

    title = gettext_noop("Read the settings from AWS anew")

    @property
    def key(self) -> str:
        return "read-policy"

    def observe(self, context: StepContext) -> Observation:
        policy = get_policy(context.client, context.endpoint_id)
        endpoint = context.operation.endpoint
        if endpoint is not None:
            store_policy(endpoint, policy, timezone.now())
        return Observation(StepState.DONE, {"shadow_mode": policy.shadow_mode}, policy.status)
