"""Start several slow AWS changes before waiting for any of them."""

from dataclasses import dataclass

from vpn.operations.base.step import Observation, Step, StepContext, StepState


@dataclass(frozen=True)
class StartOnly(Step):
    """Starts ``inner`` without waiting for it. ``inner`` itself comes later in the list of steps and waits."""

    inner: Step

    def __post_init__(self) -> None:
        object.__setattr__(self, "title", self.inner.begin_title)

    @property
    def key(self) -> str:
        return f"begin:{self.inner.key}"

    @property
    def detail(self) -> str:
        return self.inner.detail

    def observe(self, context: StepContext) -> Observation:
        """DONE as soon as AWS has started. If it failed since, ``inner`` reports that when its turn comes."""
        observation = self.inner.observe(context)
        state = StepState.NOT_DONE if observation.state is StepState.NOT_DONE else StepState.DONE
        return Observation(state, observation.details, observation.aws_status)

    def find_deviation(self, observation: Observation) -> str:
        return self.inner.find_deviation(observation)

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        self.inner.act(context, dry_run=dry_run)


def start_together(*steps: Step) -> list[Step]:
    """Steps that first start all of ``steps``, then wait for each. A single step is returned as it is.

    Associating a subnet commonly takes AWS 5 to 15 minutes; several at once take no longer.
    """
    return [*(StartOnly(step) for step in steps if len(steps) > 1), *steps]
