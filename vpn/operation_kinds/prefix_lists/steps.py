"""Making a prefix list, and giving it its entries."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from django.utils.translation import gettext_noop

from vpn.aws import prefix_lists
from vpn.aws.prefix_lists import PrefixList
from vpn.operations.base.step import Observation, Step, StepContext, StepState


@dataclass(frozen=True)
class MakePrefixList(Step):
    """With its entries at once, if there is none of this name."""

    title = gettext_noop("Make the prefix list")
    aws_call = "create_prefix_list"
    name: str
    entries: tuple[str, ...]
    max_entries: int

    @property
    def key(self) -> str:
        return f"make-prefix-list:{self.name}"

    @property
    def detail(self) -> str:
        return self.name

    def observe(self, context: StepContext) -> Observation:
        found = prefix_lists.prefix_lists(context.client, name=self.name)
        if len(found) > 1:
            return _ambiguous(found)
        if not found:
            return Observation(StepState.NOT_DONE)
        prefix_list = found[0]
        if prefix_list.state == "create-failed":
            return Observation(
                StepState.FAILED,
                asdict(prefix_list),
                prefix_list.state,
                aws_message=prefix_list.state_message,
            )
        state = StepState.IN_PROGRESS if prefix_list.state == "create-in-progress" else StepState.DONE
        return Observation(state, asdict(prefix_list), prefix_list.state)

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        prefix_lists.create_prefix_list(
            context.client,
            name=self.name,
            entries=self.entries,
            max_entries=self.max_entries,
            token=context.client_token,
            dry_run=dry_run,
        )


@dataclass(frozen=True)
class SetPrefixListEntries(Step):
    """Exactly these, whatever the list had. AWS keeps what it had as an older version of the list."""

    title = gettext_noop("Set the entries of the prefix list")
    aws_call = "modify_prefix_list"
    name: str
    entries: tuple[str, ...]

    @property
    def key(self) -> str:
        return f"prefix-list-entries:{self.name}"

    @property
    def detail(self) -> str:
        return ", ".join(self.entries)

    def observe(self, context: StepContext) -> Observation:
        found = prefix_lists.prefix_lists(context.client, name=self.name)
        if len(found) != 1:
            return _ambiguous(found)
        prefix_list = found[0]
        if prefix_list.state.endswith("-in-progress"):
            return Observation(StepState.IN_PROGRESS, asdict(prefix_list), prefix_list.state)
        entries = prefix_lists.prefix_list_entries(context.client, prefix_list_id=prefix_list.prefix_list_id)
        details = {**asdict(prefix_list), "entries": entries}
        if entries == sorted(self.entries):
            return Observation(StepState.DONE, details, prefix_list.state)
        # MaxEntries can't be raised together with the entries, and a larger one may exceed the quotas of the security
        # groups that refer to the list: an administrator of AWS decides on that.
        if len(self.entries) > prefix_list.max_entries:
            return Observation(
                StepState.FAILED, details, prefix_list.state, error_id="operation-prefix-list-full"
            )
        if prefix_list.state == "modify-failed" and context.row.acted_at:
            return Observation(
                StepState.FAILED, details, prefix_list.state, aws_message=prefix_list.state_message
            )
        return Observation(StepState.NOT_DONE, details, prefix_list.state)

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        if dry_run:
            prefix_lists.modify_prefix_list(
                context.client, prefix_list=None, added=self.entries, removed=(), dry_run=True
            )
            return
        prefix_list = prefix_lists.prefix_lists(context.client, name=self.name)[0]
        entries = prefix_lists.prefix_list_entries(context.client, prefix_list_id=prefix_list.prefix_list_id)
        prefix_lists.modify_prefix_list(
            context.client,
            prefix_list=prefix_list,
            added=set(self.entries) - set(entries),
            removed=set(entries) - set(self.entries),
        )


def _ambiguous(found: Sequence[PrefixList]) -> Observation:
    """AWS lets several lists have one name; none at all: it was deleted between the steps."""
    ids = ", ".join(sorted(prefix_list.prefix_list_id for prefix_list in found))
    return Observation(
        StepState.FAILED, {"prefix_lists": ids}, error_id="operation-prefix-list-unclear", aws_message=ids
    )
