"""Asking AWS for several slow things at once, before waiting for each."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from vpn.operations.base.step import Observation, Step, StepContext, StepState


@dataclass(frozen=True)
class Begin(Step):
    """Done as soon as AWS is at it. ``inner`` itself stands later in the list, and waits."""

    title = gettext_noop("Ask AWS to begin")
    inner: Step

    @property
    def key(self) -> str:
        return f"begin:{self.inner.key}"

    @property
    def detail(self) -> str:
        return self.inner.detail

    def look(self, work: StepContext) -> Observation:
        look = self.inner.look(work)
        # What has failed meanwhile, the step that waits for it says.
        state = StepState.TODO if look.state is StepState.TODO else StepState.DONE
        return Observation(state, look.seen, look.status)

    def act(self, work: StepContext, *, dry_run: bool = False) -> None:
        self.inner.act(work, dry_run=dry_run)


def at_once(*steps: Step) -> list[Step]:
    """Begin all of them, then wait for all of them; for one alone there is nothing to be gained."""
    return [*(Begin(step) for step in steps if len(steps) > 1), *steps]
