"""What the page before the download shows, whatever is exported."""

from typing import Any
from uuid import uuid4

from django.conf import settings

from vpn.connection_export.forms import ExportForm
from vpn.connection_export.stream import MAX_EXPORTS
from vpn.connection_log.search.condition_text import ConditionText


def page_context(options: ExportForm, *, csv_url: str, ndjson_url: str, busy: bool) -> dict[str, Any]:
    """Without what will be exported. ``busy``: no further export can begin now."""
    return {
        "options": options,
        "csv_url": csv_url,
        "ndjson_url": ndjson_url,
        "busy": busy,
        "at_once": MAX_EXPORTS,
        "zone": settings.TIME_ZONE,
    }


def content_context(
    conditions: list[ConditionText], *, rows: int | None, capped: bool = False
) -> dict[str, Any]:
    """``rows`` None: not known in time. ``capped``: at least so many."""
    return {
        "conditions": conditions,
        "expected": {"rows": rows, "capped": capped},
        "export_id": uuid4(),
    }
