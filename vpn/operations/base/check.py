"""The first step of every operation: may we do all of it?"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from vpn.operations.base.step import Observation, Step, StepContext, StepState


@dataclass(frozen=True)
class CheckPermissions(Step):
    """AWS's DryRun proves the permission of each call once, and nothing else: not that the call would succeed."""

    title = gettext_noop("Ask AWS for permission")
    steps: tuple[Step, ...]

    @property
    def key(self) -> str:
        return "check"

    def look(self, work: StepContext) -> Observation:
        calls = {step.call: step for step in self.steps if step.call}
        for step in calls.values():
            step.act(work, dry_run=True)
        return Observation(StepState.DONE, {"permitted": sorted(calls)})
