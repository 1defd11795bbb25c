"""Making a prefix list, and giving it its entries."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

from django.utils.translation import gettext_noop

from vpn.allowlist.queries import allow_list
from vpn.aws import prefix_lists
from vpn.aws.prefix_lists import PrefixList
from vpn.operations.base.step import Observation, Step, StepContext, StepState


def published_entries(endpoint_id: str) -> tuple[str, ...]:
    """The IPv4 addresses of the endpoint that are to be permitted now."""
    return tuple(line.cidr for line in allow_list(endpoint_id).valid if line.address.version == 4)


@dataclass(frozen=True)
class PrefixListStep(Step):
    """``typed``: the entries; empty: those of the endpoint's list when the step looks, as it may begin days later."""

    name: str
    endpoint_id: str
    typed: tuple[str, ...]

    @property
    def entries(self) -> tuple[str, ...]:
        return self.typed or published_entries(self.endpoint_id)


@dataclass(frozen=True)
class MakePrefixList(PrefixListStep):
    """With its entries at once, if there is none of this name."""

    title = gettext_noop("Make the prefix list")
    aws_call = "create_prefix_list"
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
            return _without_room(len(self.entries), self.max_entries) or Observation(StepState.NOT_DONE)
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
class SetPrefixListEntries(PrefixListStep):
    """Exactly these, whatever the list had. AWS keeps what it had as an older version of the list."""

    title = gettext_noop("Set the entries of the prefix list")
    aws_call = "modify_prefix_list"

    @property
    def key(self) -> str:
        return f"prefix-list-entries:{self.name}"

    @property
    def detail(self) -> str:
        return ", ".join(self.typed) or self.name

    def observe(self, context: StepContext) -> Observation:
        found = prefix_lists.prefix_lists(context.client, name=self.name)
        if len(found) != 1:
            return _ambiguous(found)
        prefix_list = found[0]
        if prefix_list.state.endswith("-in-progress"):
            return Observation(StepState.IN_PROGRESS, asdict(prefix_list), prefix_list.state)
        entries = prefix_lists.prefix_list_entries(context.client, prefix_list_id=prefix_list.prefix_list_id)
        details = {**asdict(prefix_list), "entries": entries}
        wanted = self.entries
        if wanted and entries == sorted(wanted):
            return Observation(StepState.DONE, details, prefix_list.state)
        refused = _without_room(len(wanted), prefix_list.max_entries)
        if refused is not None:
            return replace(refused, details=details, aws_status=prefix_list.state)
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
        wanted = set(self.entries)
        if not wanted:
            # The last address went just now. The next look says so, and the list is never emptied.
            return
        prefix_lists.modify_prefix_list(
            context.client,
            prefix_list=prefix_list,
            added=wanted - set(entries),
            removed=set(entries) - wanted,
        )


def _without_room(count: int, max_entries: int) -> Observation | None:
    """Why so many entries can't be set; None: they can."""
    # An empty list would lock everybody out of what refers to it.
    if not count:
        return Observation(StepState.FAILED, error_id="operation-prefix-list-empty")
    # MaxEntries can't be raised together with the entries, and a larger one may exceed the quotas of the security
    # groups that refer to the list: an administrator of AWS decides on that.
    if count > max_entries:
        return Observation(StepState.FAILED, error_id="operation-prefix-list-full")
    return None


def _ambiguous(found: Sequence[PrefixList]) -> Observation:
    """AWS lets several lists have one name; none at all: it was deleted between the steps."""
    ids = ", ".join(sorted(prefix_list.prefix_list_id for prefix_list in found))
    return Observation(
        StepState.FAILED, {"prefix_lists": ids}, error_id="operation-prefix-list-unclear", aws_message=ids
    )
