"""Ending people's connections on every endpoint, waiting until nobody is connected."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils import timezone
from django.utils.translation import gettext_noop

from vpn.aws import client_vpn, client_vpn_changes
from vpn.aws.errors import AlreadyGone, AwsError
from vpn.operations.base.step import Observation, Step, StepContext, StepState
from vpn.operations.lease import renew_lease, save_progress
from vpn.operations.models import OperationStep
from vpn.person_operations import find_connections
from vpn.person_operations.find_connections import PersonConnections

if TYPE_CHECKING:
    from vpn.aws.session import EC2Client

# How long one round goes on ending what comes back, and asking an endpoint that doesn't answer.
ROUND: Final = timedelta(seconds=75)


@dataclass(frozen=True)
class EndConnections(Step):
    """One by one: by user name AWS stops at five, and may know no names. One endpoint's failure stops no other.

    ``after`` minutes after the operation began: a client that connects by itself has done so by then. A round ends when
    nobody is connected, or when it has tried for long enough; what it found is the evidence. ``patient``: it has no end
    until every endpoint was asked and what was there at first has ended, for no other round comes.
    """

    usernames: tuple[str, ...]
    after: int = 0
    patient: bool = False
    acts_at_once: ClassVar[bool] = False
    title: ClassVar[str] = gettext_noop("End their connections on every endpoint")

    @property
    def key(self) -> str:
        return f"end-connections:{self.after}"

    @property
    def detail(self) -> str:
        return ", ".join(self.usernames) if not self.after else f"+{self.after} min"

    def observe(self, context: StepContext) -> Observation:
        if timezone.now() < self._due(context):
            return Observation(StepState.IN_PROGRESS)
        answers = [answer for _, answer in self._found(context)]
        seen = {
            "checked_at": timezone.now().isoformat(),
            "endpoints": {answer.endpoint_id: answer.recorded() for answer in answers},
            **_noted(context.row),
        }
        state = self._state(context, answers)
        if self.patient and state is not StepState.NOT_DONE:
            _raise_retryable(answer.error for answer in answers)
        return Observation(state, seen, _status(answers))

    def _state(self, context: StepContext, answers: list[PersonConnections]) -> StepState:
        # A worker that died may have used up the time without having ended anything.
        tried = bool(context.row.after.get("checked_at"))
        over = tried and self._asked_long_enough(context)
        lasts = self.patient and any(
            _lasts(context.row, answer.endpoint_id, answer.recorded()) for answer in answers
        )
        if (
            any(answer.active for answer in answers)
            and (lasts or not over)
            and not context.row.after.get("refusals")
        ):
            return StepState.NOT_DONE
        unanswered = any(answer.error and answer.error.retryable for answer in answers)
        if any(answer.ending for answer in answers) or (unanswered and not self._asked_long_enough(context)):
            return StepState.IN_PROGRESS
        return StepState.DONE

    def _found(self, context: StepContext) -> "Iterator[tuple[EC2Client | None, PersonConnections]]":
        """Many endpoints that hang take minutes: the lease is renewed with each."""
        for client, answer in find_connections.find(self.usernames):
            renew_lease(context.operation)
            yield client, answer

    def _asked_long_enough(self, context: StepContext) -> bool:
        since = max(self._due(context), context.row.started_at or timezone.now())
        return timezone.now() > since + ROUND

    def _due(self, context: StepContext) -> datetime:
        began = context.operation.started_at or timezone.now()
        return began + timedelta(minutes=self.after)

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        """What AWS refuses stays with the row: the next look tells of it, and the other endpoints get their turn."""
        errors = [
            self._end(context, client, answer, dry_run=dry_run)
            for client, answer in self._found(context)
            if client is not None
        ]
        if self.patient:
            _raise_retryable(errors)

    def _end(
        self, context: StepContext, client: "EC2Client", answer: PersonConnections, *, dry_run: bool
    ) -> AwsError | None:
        """On one endpoint, up to the first that AWS doesn't end now."""
        for connection in answer.active:
            who = f"{answer.username_for(connection)} ({answer.label})"
            # Before the call: were this worker to die now, AWS would show only that the connection is over.
            save_progress(
                context.operation, context.row, ended=sorted({*context.row.after.get("ended", ()), who})
            )
            try:
                client_vpn_changes.terminate_connection(
                    client,
                    endpoint_id=answer.endpoint_id,
                    connection_id=connection.connection_id,
                    dry_run=dry_run,
                )
            except AlreadyGone:
                continue
            except AwsError as error:
                if not error.retryable:
                    refusal = {"id": error.id, "code": error.code}
                    context.row.after.setdefault("refusals", {})[answer.endpoint_id] = refusal
                return error
        return None


@dataclass(frozen=True)
class EndReconnections(EndConnections):
    """A later round."""

    title: ClassVar[str] = gettext_noop("Look again, and end what has come back")


def _noted(row: OperationStep) -> dict[str, Any]:
    """What ``act`` has left for the record: whom AWS refused to cut off, and whose connections were ended."""
    return {name: row.after[name] for name in ("refusals", "ended") if row.after.get(name)}


def _lasts(row: OperationStep, endpoint_id: str, recorded: dict[str, Any]) -> bool:
    """Whether one goes on that the round began with; any of an endpoint that didn't answer then may be one.

    One that AWS failed to end is asked for again only as long as the round lasts.
    """
    first = row.before.get("endpoints", {}).get(endpoint_id, {"error": {}})
    ids = {connection["connection_id"] for connection in first.get("connections", ())}
    active = {
        connection["connection_id"]
        for connection in recorded["connections"]
        if connection["status"] == "active"
    }
    return bool(active if "error" in first else active & ids)


def _raise_retryable(errors: Iterable[AwsError | None]) -> None:
    """The first of those that another attempt may be spared."""
    for error in errors:
        if error is not None and error.retryable:
            raise error


def _status(answers: list[PersonConnections]) -> str:
    return "active" if any(answer.active for answer in answers) else "terminated"


@dataclass(frozen=True)
class ConfirmAllEnded(Step):
    """Whether AWS was asked everywhere, and refused nowhere. Who has connected again since is no failure."""

    title = gettext_noop("Make sure that nothing was left out")
    last_round: str

    @property
    def key(self) -> str:
        return "every-connection-ended"

    def observe(self, context: StepContext) -> Observation:
        row = context.operation.steps.get(key=self.last_round)
        last, refusals = row.after.get("endpoints", {}), row.after.get("refusals", {})
        left_out = sorted(
            label(answer)
            for id_, answer in last.items()
            if "error" in answer or id_ in refusals or _lasts(row, id_, answer)
        )
        seen = {"left_out": left_out}
        if left_out:
            message = ", ".join(left_out)
            return Observation(
                StepState.FAILED, seen, error_id="operation-terminate-incomplete", aws_message=message
            )
        return Observation(StepState.DONE, seen)


@dataclass(frozen=True)
class ConfirmNobodyReconnected(Step):
    """The last word: nobody is connected anywhere, and nobody had come back by the last round."""

    title = gettext_noop("Make sure that nobody is connected again")
    last_round: str

    @property
    def key(self) -> str:
        return "nobody-is-back"

    def observe(self, context: StepContext) -> Observation:
        rows = {row.key: row for row in context.operation.steps.all()}
        after = rows[self.last_round].after
        last = after.get("endpoints", {})
        unanswered = sorted(label(answer) for answer in last.values() if "error" in answer)
        still = {
            f"{connection['username']} ({label(answer)})"
            for answer in last.values()
            for connection in answer["connections"]
            if connection["status"] not in find_connections.ENDED
        }
        connected = sorted({*still, *after.get("ended", ())})
        failed = sorted(key for key, row in rows.items() if row.after.get("error"))
        seen = {"connected": connected, "unanswered": unanswered, "not_refused": failed}
        if connected:
            return Observation(
                StepState.FAILED, seen, error_id="operation-connected-again", aws_message=", ".join(connected)
            )
        if unanswered or failed:
            message = ", ".join([*unanswered, *failed])
            return Observation(
                StepState.FAILED, seen, error_id="operation-block-incomplete", aws_message=message
            )
        return Observation(StepState.DONE, seen)


def label(endpoint: dict[str, Any]) -> str:
    return str(endpoint["label"])


@dataclass(frozen=True)
class WaitUntilEmpty(Step):
    """Until nobody is connected to the endpoint, or until ``hours`` have passed since the step began.

    ``then_anyway``: what happens then: it goes on, and they are disconnected; or else it gives up, and nothing happens.
    """

    title = gettext_noop("Wait until nobody is connected")
    poll_seconds: ClassVar[float] = 30.0
    hours: int
    then_anyway: bool = False

    @property
    def key(self) -> str:
        return "wait-until-empty"

    def observe(self, context: StepContext) -> Observation:
        active = client_vpn.active_connections(context.client, endpoint_id=context.endpoint_id)
        names = find_connections.connection_usernames(active)
        seen = {
            "connected": sorted(names.get(answer.connection_id, answer.connection_id) for answer in active)
        }
        if not active:
            return Observation(StepState.DONE, seen)
        began = context.row.started_at or timezone.now()
        if timezone.now() < began + timedelta(hours=self.hours):
            return Observation(StepState.IN_PROGRESS, seen, str(len(active)))
        if self.then_anyway:
            return Observation(StepState.DONE, seen, str(len(active)))
        return Observation(
            StepState.FAILED,
            seen,
            error_id="operation-still-connected",
            aws_message=", ".join(seen["connected"])[:2000],
        )


@dataclass(frozen=True)
class ConfirmComplete(Step):
    """Whether every step before did what it was for: they pass by what AWS refuses them."""

    title = gettext_noop("Make sure that nothing was left out")

    @property
    def key(self) -> str:
        return "nothing-left-out"

    def observe(self, context: StepContext) -> Observation:
        failed = sorted(row.key for row in context.operation.steps.all() if row.after.get("error"))
        if failed:
            return Observation(
                StepState.FAILED,
                {"failed": failed},
                error_id="operation-unblock-incomplete",
                aws_message=", ".join(failed),
            )
        return Observation(StepState.DONE)
