"""The first step of every operation that changes AWS: is every call of it permitted?"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from vpn.operations.base.step import Observation, Step, StepContext, StepState


@dataclass(frozen=True)
class CheckPermissions(Step):
    """Makes each different AWS call of ``steps`` once with DryRun.

    EC2's DryRun proves only that IAM permits the call, not that it would succeed. It keeps an operation from stopping
    half-way because a permission is missing.
    """

    title = gettext_noop("Ask AWS for permission")
    steps: tuple[Step, ...]

    @property
    def key(self) -> str:
        return "check"

    def observe(self, context: StepContext) -> Observation:
        """DONE with ``{"permitted": [call, …]}``. Raises AwsError (access denied) for a call that is not permitted."""
        calls = {step.aws_call: step for step in self.steps if step.aws_call}
        for step in calls.values():
            step.act(context, dry_run=True)
        return Observation(StepState.DONE, {"permitted": sorted(calls)})
