"""Refusing people who would connect again, where an endpoint has the means, and letting them in again.

None of these steps stops its operation: a person whose reconnection can't be refused must still be disconnected. What
went wrong stays with the row as ``error``, and the operation's last step calls it by its name.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_noop

from portal.access.languages import languages_by_username
from vpn.aws import accounts, client_vpn_changes, deny_list
from vpn.aws.accounts import Account
from vpn.aws.answers import AuthorizationPolicy
from vpn.aws.errors import AwsError, is_unknown_refusal, says_there_is_none
from vpn.aws.session import dynamodb_client, ec2_client
from vpn.operations.base.step import Observation, Step, StepContext, StepState
from vpn.person_operations import cedar

if TYPE_CHECKING:
    from vpn.aws.session import DynamoDBClient, EC2Client

# After this many attempts in a row the rest of the operation is more important.
ATTEMPTS: Final = 3


class MeansUnusable(Exception):
    """This means can't be used here. ``id`` is of vpn/operations/failure_texts.py."""

    def __init__(self, id_: str) -> None:
        super().__init__(id_)
        self.id = id_


def _account(name: str) -> Account:
    account = accounts.get(name)
    if account is None:
        raise MeansUnusable("operation-account-unknown")
    return account


def _tolerant(context: StepContext, observation: Callable[[], Observation]) -> Observation:
    """What was refused, or isn't answered in three attempts, is recorded and passed by."""
    if context.row.after.get("error"):
        return Observation(StepState.DONE, context.row.after)
    try:
        return observation()
    except MeansUnusable as error:
        return Observation(StepState.DONE, {"unusable": error.id})
    except AwsError as error:
        if error.retryable and context.operation.attempts < ATTEMPTS:
            raise
        return Observation(StepState.DONE, {"error": {"id": error.id, "code": error.code}})


def _tolerantly(context: StepContext, act: Callable[[], None], *, dry_run: bool) -> None:
    try:
        act()
    except AwsError as error:
        if dry_run or (error.retryable and context.operation.attempts < ATTEMPTS):
            raise
        context.row.after = {"error": {"id": error.id, "code": error.code}}
    except MeansUnusable as error:
        context.row.after = {"error": {"id": error.id, "code": ""}}


@dataclass(frozen=True)
class _ListStep(Step):
    """On the deny list of one account."""

    acts_at_once: ClassVar[bool] = False  # a call for each name
    account: str
    table: str
    usernames: tuple[str, ...]

    @property
    def detail(self) -> str:
        return f"{self.account}: {self.table}"

    def observe(self, context: StepContext) -> Observation:
        return _tolerant(context, self._observe)

    def _observe(self) -> Observation:
        wanted = {deny_list.normalize_username(name) for name in self.usernames}
        with ExitStack() as stack:
            client = self._client(stack)
            listed = deny_list.read_entries(client, table=self.table, now=timezone.now())
        on = sorted(wanted & {entry.username for entry in listed})
        return Observation(StepState.DONE if self._done(wanted, on) else StepState.NOT_DONE, {"denied": on})

    def _client(self, stack: ExitStack) -> "DynamoDBClient":
        return stack.enter_context(dynamodb_client(_account(self.account)))

    def _done(self, wanted: set[str], on: list[str]) -> bool:
        raise NotImplementedError

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        _tolerantly(context, lambda: self._act(context), dry_run=dry_run)

    def _act(self, context: StepContext) -> None:
        raise NotImplementedError


@dataclass(frozen=True)
class DenyByList(_ListStep):
    """``until`` None: until they are taken off."""

    title = gettext_noop("Put them on the deny list")
    until: datetime | None = None

    @property
    def key(self) -> str:
        return f"deny:{self.account}"

    def _done(self, wanted: set[str], on: list[str]) -> bool:
        return wanted == set(on)

    def _act(self, context: StepContext) -> None:
        with ExitStack() as stack:
            client = self._client(stack)
            # The handler knows nothing of a person but their name: in which language to refuse them is for us to say.
            languages = languages_by_username(self.usernames)
            for name in self.usernames:
                deny_list.deny(
                    client,
                    table=self.table,
                    username=name,
                    until=self.until,
                    note=f"#{context.operation.number}",
                    language=languages.get(name, ""),
                )


@dataclass(frozen=True)
class AdmitByList(_ListStep):
    title = gettext_noop("Take them off the deny list")

    @property
    def key(self) -> str:
        return f"admit:{self.account}"

    def _done(self, wanted: set[str], on: list[str]) -> bool:
        return not on

    def _act(self, context: StepContext) -> None:
        with ExitStack() as stack:
            client = self._client(stack)
            for name in self.usernames:
                deny_list.admit(client, table=self.table, username=name)


@dataclass(frozen=True)
class _PolicyStep(Step):
    """In the authorization policy of one endpoint. Where there is none, none is made: it would need a device token of
    everybody, and refuse everybody who has none.
    """

    account: str
    endpoint_id: str
    label: str
    usernames: tuple[str, ...]

    @property
    def detail(self) -> str:
        return self.label

    def observe(self, context: StepContext) -> Observation:
        return _tolerant(context, self._observe)

    def _observe(self) -> Observation:
        with ExitStack() as stack:
            policy = self._policy(self._client(stack))
        on = sorted(name for name in self.usernames if cedar.forbids(policy.document, name))
        seen: dict[str, Any] = {"forbidden": on, "shadow_mode": policy.shadow_mode}
        if policy.status in {"creating", "updating"}:
            return Observation(StepState.IN_PROGRESS, seen, policy.status)
        return Observation(
            StepState.DONE if self._changed(policy.document) is None else StepState.NOT_DONE,
            seen,
            policy.status,
        )

    def _client(self, stack: ExitStack) -> "EC2Client":
        return stack.enter_context(ec2_client(_account(self.account), operate=True))

    def _policy(self, client: "EC2Client") -> AuthorizationPolicy:
        """Raises MeansUnusable where AWS has none, and AwsError for any other refusal: that is no answer."""
        try:
            policy = client_vpn_changes.get_authorization_policy(client, endpoint_id=self.endpoint_id)
        except AwsError as error:
            if says_there_is_none(error):
                raise MeansUnusable("operation-no-policy") from error
            # Of a refusal of which nothing is known, nobody says that there is no policy.
            if is_unknown_refusal(error):
                raise MeansUnusable("operation-policy-unread") from error
            raise
        if not policy.document or policy.status in {"deleting", "failed"}:
            raise MeansUnusable("operation-no-policy")
        return policy

    def _changed(self, document: str) -> str | None:
        """None: nothing to change."""
        raise NotImplementedError

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        _tolerantly(context, lambda: self._act(context, dry_run=dry_run), dry_run=dry_run)

    def _act(self, context: StepContext, *, dry_run: bool) -> None:
        with ExitStack() as stack:
            client = self._client(stack)
            policy = self._policy(client)
            document = self._changed(policy.document)
            if document is None:
                return
            client_vpn_changes.modify_authorization_policy(
                client,
                endpoint_id=self.endpoint_id,
                document=document,
                description=policy.description,
                shadow_mode=policy.shadow_mode,
                token=context.client_token,
                dry_run=dry_run,
            )


@dataclass(frozen=True)
class ForbidByPolicy(_PolicyStep):
    title = gettext_noop("Forbid them in the authorization policy")

    @property
    def key(self) -> str:
        return f"forbid:{self.endpoint_id}"

    def _changed(self, document: str) -> str | None:
        if all(cedar.forbids(document, name) for name in self.usernames):
            return None
        changed = document
        for name in self.usernames:
            changed = cedar.forbidding(changed, name, condition=settings.VPN_POLICY_FORBID_WHEN)
        if len(changed.encode()) > cedar.DOCUMENT_BYTES:
            raise MeansUnusable("operation-policy-full")
        return changed


@dataclass(frozen=True)
class PermitByPolicy(_PolicyStep):
    title = gettext_noop("Permit them in the authorization policy again")

    @property
    def key(self) -> str:
        return f"permit:{self.endpoint_id}"

    def _changed(self, document: str) -> str | None:
        changed = document
        for name in self.usernames:
            changed = cedar.permitting(changed, name)
        return changed if changed != document else None
