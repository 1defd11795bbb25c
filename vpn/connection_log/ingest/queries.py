"""Reading log sources and unreadable lines for their page. None of this asks AWS."""

from typing import Final

from django.db.models import Count
from django.utils import timezone

from portal.paging import KeysetPage, keyset_page
from vpn.connection_log.ingest.sources import is_handler_log_read, read_sources
from vpn.connection_log.models import LogSource, LogSourceKind, UnreadableLine
from vpn.endpoints.connect_handler import handler_log_group
from vpn.endpoints.models import Endpoint

PAGE_SIZE: Final = 20


def log_sources() -> list[LogSource]:
    """All that were ever read, those that are still read first."""
    read = {source.pk for source in sources_being_read()}
    sources = LogSource.objects.select_related("account").order_by("account__name", "log_group")
    return sorted(sources, key=lambda source: source.pk not in read)


def sources_being_read() -> list[LogSource]:
    return list(read_sources(timezone.now()).order_by("account__name", "log_group"))


def connection_logs_being_read() -> list[LogSource]:
    """Without the handlers' log groups, which are a help and may be refused: nobody is called for them at night."""
    return [source for source in sources_being_read() if source.kind == LogSourceKind.CONNECTION_LOG]


def unread_handler_groups() -> list[str]:
    """Log groups of client connect handlers that aren't read because VPN_SOURCES says so."""
    if is_handler_log_read():
        return []
    endpoints = Endpoint.objects.filter(vanished_at=None)
    return sorted({handler_log_group(endpoint) for endpoint in endpoints} - {""})


def unreadable_by_source() -> dict[int, int]:
    counted = (
        UnreadableLine.objects.exclude(source=None).order_by().values_list("source").annotate(Count("pk"))
    )
    return dict(counted)


def silent_endpoints() -> list[Endpoint]:
    """Those that write no connection log."""
    return list(Endpoint.objects.filter(vanished_at=None, log_group="").order_by("label"))


def unreadable_lines(*, before: str = "", after: str = "") -> KeysetPage[UnreadableLine]:
    lines = UnreadableLine.objects.select_related("source")
    return keyset_page(lines, ordering=("id",), before=before, after=after, size=PAGE_SIZE)
