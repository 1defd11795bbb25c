"""What `/readyz` says about the connection log to anybody: no names, no numbers of people."""

from django.utils import timezone

from vpn.connection_log.ingest import queries
from vpn.connection_log.ingest.pages import is_behind


def connection_log() -> tuple[bool, str]:
    """Whether all log groups are read, and how far behind the slowest one is."""
    now = timezone.now()
    sources = queries.connection_logs_being_read()
    if not sources:
        return True, "no log group yet"
    late = [source for source in sources if source.error_id or is_behind(source, now)]
    read_until = [source.read_until for source in sources if source.read_until]
    oldest = (
        f"read until {int((now - min(read_until)).total_seconds())} s ago" if read_until else "never read"
    )
    errors = sorted({source.error_id for source in late if source.error_id})
    return not late, ", ".join([f"{len(sources) - len(late)} of {len(sources)} up to date", oldest, *errors])
