"""How new the stored log is. The ingest keeps each log group's state; what is searched is as new as the oldest."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format

from vpn.connection_log.models import LogSource
from vpn.endpoints.models import Endpoint

# CloudWatch Logs itself may take minutes to show an event.
OLD: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Freshness:
    """``read_at``: when all log groups had been read; ``complete_until``: what was published before is here.

    ``behind``: the groups that could not be read lately. ``logging``: an endpoint writes a log at all.
    """

    read_at: datetime | None
    complete_until: datetime | None
    behind: tuple[LogSource, ...]
    logging: bool

    @property
    def stale(self) -> bool:
        return bool(self.behind)

    @property
    def read_at_text(self) -> str:
        """With the day if that is another one than today."""
        if self.read_at is None:
            return ""
        at = timezone.localtime(self.read_at)
        return date_format(at, "H:i" if at.date() == timezone.localdate() else "SHORT_DATETIME_FORMAT")


def freshness() -> Freshness:
    """Of the log groups that visible endpoints write to."""
    groups = set(
        Endpoint.objects.filter(vanished_at=None).exclude(log_group="").values_list("account_id", "log_group")
    )
    sources = [row for row in LogSource.objects.all() if (row.account_id, row.log_group) in groups]
    since = timezone.now() - OLD
    return Freshness(
        read_at=_oldest([source.seen_at for source in sources]),
        complete_until=_oldest([source.read_until for source in sources]),
        behind=tuple(source for source in sources if _is_behind(source, since)),
        logging=bool(groups),
    )


def _is_behind(source: LogSource, since: datetime) -> bool:
    return source.seen_at is None or source.seen_at < since or bool(source.error_id)


def _oldest(moments: list[datetime | None]) -> datetime | None:
    known = [moment for moment in moments if moment is not None]
    return min(known) if known and len(known) == len(moments) else None
