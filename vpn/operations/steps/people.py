"""Ending people's connections on every endpoint, waiting until nobody is connected."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, Final

from django.utils import timezone
from django.utils.translation import gettext_noop

from vpn.aws import client_vpn, client_vpn_changes
from vpn.aws.errors import AlreadyGone, AwsError
from vpn.operations import whose
from vpn.operations.lease import alive
from vpn.operations.models import OperationStep
from vpn.operations.steps.base import Look, State, Step, Work
from vpn.operations.whose import Found

if TYPE_CHECKING:
    from vpn.aws.session import EC2Client

# How long one round goes on ending what comes back, and asking an endpoint that doesn't answer.
ROUND: Final = timedelta(seconds=75)


@dataclass(frozen=True)
class EndConnections(Step):
    """One by one: by user name AWS stops at five, and may know no names. One endpoint's failure stops no other.

    ``after`` minutes after the operation began: a client that connects by itself has done so by then. A round ends when
    nobody is connected, or when it has tried for long enough; what it found is the evidence.
    """

    usernames: tuple[str, ...]
    after: int = 0
    title: ClassVar[str] = gettext_noop("End their connections on every endpoint")

    @property
    def key(self) -> str:
        return f"end-connections:{self.after}"

    @property
    def detail(self) -> str:
        return ", ".join(self.usernames) if not self.after else f"+{self.after} min"

    def look(self, work: Work) -> Look:
        if timezone.now() < self._due(work):
            return Look(State.MOVING)
        found = [one for _, one in self._found(work)]
        seen = {
            "checked_at": timezone.now().isoformat(),
            "endpoints": {one.endpoint_id: one.recorded() for one in found},
            **_noted(work.row),
        }
        return Look(self._state(work, found), seen, _status(found))

    def _state(self, work: Work, found: list[Found]) -> State:
        acted = work.row.acted_at
        over = (
            acted is not None and timezone.now() > max(self._due(work), work.row.started_at or acted) + ROUND
        )
        if any(one.active for one in found) and not over and not work.row.after.get("refusals"):
            return State.TODO
        unanswered = any(one.error and one.error.retryable for one in found)
        if any(one.ending for one in found) or (unanswered and not self._asked_long_enough(work)):
            return State.MOVING
        return State.DONE

    def _found(self, work: Work) -> "Iterator[tuple[EC2Client | None, Found]]":
        """Many endpoints that hang take minutes: the lease is renewed with each."""
        for client, found in whose.find(self.usernames):
            alive(work.operation)
            yield client, found

    def _asked_long_enough(self, work: Work) -> bool:
        since = max(self._due(work), work.row.started_at or timezone.now())
        return timezone.now() > since + ROUND

    def _due(self, work: Work) -> datetime:
        began = work.operation.started_at or timezone.now()
        return began + timedelta(minutes=self.after)

    def act(self, work: Work, *, dry_run: bool = False) -> None:
        """What AWS refuses stays with the row: the next look tells of it, and the other endpoints get their turn."""
        for client, found in self._found(work):
            if client is None:
                continue
            for connection in found.active:
                who = f"{found.name_of(connection)} ({found.label})"
                work.row.after["ended"] = sorted({*work.row.after.get("ended", ()), who})
                try:
                    client_vpn_changes.terminate_connection(
                        client,
                        endpoint_id=found.endpoint_id,
                        connection_id=connection.connection_id,
                        dry_run=dry_run,
                    )
                except AlreadyGone:
                    continue
                except AwsError as error:
                    if error.retryable:
                        break
                    work.row.after.setdefault("refusals", {})[found.endpoint_id] = {
                        "id": error.id,
                        "code": error.code,
                    }
                    break


@dataclass(frozen=True)
class EndWhatCameBack(EndConnections):
    """A later round."""

    title: ClassVar[str] = gettext_noop("Look again, and end what has come back")


def _noted(row: OperationStep) -> dict[str, Any]:
    """What ``act`` has left for the record: whom AWS refused to cut off, and whose connections were ended."""
    return {name: row.after[name] for name in ("refusals", "ended") if row.after.get(name)}


def _status(found: list[Found]) -> str:
    return "active" if any(one.active for one in found) else "terminated"


@dataclass(frozen=True)
class NobodyIsBack(Step):
    """The last word: nobody is connected anywhere, and nobody had come back by the last round."""

    title = gettext_noop("Make sure that nobody is connected again")
    last_round: str

    @property
    def key(self) -> str:
        return "nobody-is-back"

    def look(self, work: Work) -> Look:
        rows = {row.key: row for row in work.operation.steps.all()}
        found = rows[self.last_round].after
        last = found.get("endpoints", {})
        unanswered = sorted(label(one) for one in last.values() if "error" in one)
        still = {
            f"{connection['username']} ({label(one)})"
            for one in last.values()
            for connection in one["connections"]
            if connection["status"] not in whose.ENDED
        }
        connected = sorted({*still, *found.get("ended", ())})
        failed = sorted(key for key, row in rows.items() if row.after.get("error"))
        seen = {"connected": connected, "unanswered": unanswered, "not_refused": failed}
        if connected:
            return Look(State.FAILED, seen, reason="operation-connected-again", message=", ".join(connected))
        if unanswered or failed:
            message = ", ".join([*unanswered, *failed])
            return Look(State.FAILED, seen, reason="operation-block-incomplete", message=message)
        return Look(State.DONE, seen)


def label(endpoint: dict[str, Any]) -> str:
    return str(endpoint["label"])


@dataclass(frozen=True)
class WaitUntilEmpty(Step):
    """Until nobody is connected to the endpoint, or until ``hours`` have passed since the step began.

    ``then_anyway``: what happens then: it goes on, and they are disconnected; or else it gives up, and nothing happens.
    """

    title = gettext_noop("Wait until nobody is connected")
    pause: ClassVar[float] = 30.0
    hours: int
    then_anyway: bool = False

    @property
    def key(self) -> str:
        return "wait-until-empty"

    def look(self, work: Work) -> Look:
        active = client_vpn.active_connections(work.client, endpoint_id=work.endpoint_id)
        names = whose.names_of(active)
        seen = {"connected": sorted(names.get(one.connection_id, one.connection_id) for one in active)}
        if not active:
            return Look(State.DONE, seen)
        began = work.row.started_at or timezone.now()
        if timezone.now() < began + timedelta(hours=self.hours):
            return Look(State.MOVING, seen, str(len(active)))
        if self.then_anyway:
            return Look(State.DONE, seen, str(len(active)))
        return Look(
            State.FAILED,
            seen,
            reason="operation-still-connected",
            message=", ".join(seen["connected"])[:2000],
        )


@dataclass(frozen=True)
class NothingLeftOut(Step):
    """Whether every step before did what it was for: they pass by what AWS refuses them."""

    title = gettext_noop("Make sure that nothing was left out")

    @property
    def key(self) -> str:
        return "nothing-left-out"

    def look(self, work: Work) -> Look:
        failed = sorted(row.key for row in work.operation.steps.all() if row.after.get("error"))
        if failed:
            return Look(
                State.FAILED,
                {"failed": failed},
                reason="operation-unblock-incomplete",
                message=", ".join(failed),
            )
        return Look(State.DONE)
