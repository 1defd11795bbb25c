"""An event of AWS Health from the text of a message: pure.

Format: AWS Health user guide, "AWS Health events in EventBridge". Nothing of it is taken for granted: whoever may send
to the queue may send anything.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final

from vpn.health_events.models import MessageFault

LANGUAGES: Final = 20
ENTITIES: Final = 1_000
TEXT_LENGTH: Final = 20_000


class NoHealthEventError(ValueError):
    def __init__(self, fault: MessageFault) -> None:
        super().__init__(fault.value)
        self.fault = fault


@dataclass(frozen=True)
class HealthEventFacts:
    """The fields are those of vpn.health_events.models.HealthEvent."""

    arn: str
    account: str
    region: str
    service: str
    type_code: str
    category: str
    scope: str
    status: str
    started_at: datetime | None
    ended_at: datetime | None
    updated_at: datetime
    descriptions: dict[str, str]
    entities: list[str]


def read_event(body: str) -> HealthEventFacts:
    """Raises NoHealthEventError."""
    try:
        message = json.loads(body)
    # RecursionError: brackets that are nested a hundred thousand deep.
    except (ValueError, RecursionError) as error:
        raise NoHealthEventError(MessageFault.BROKEN) from error
    if not isinstance(message, dict) or message.get("source") != "aws.health":
        raise NoHealthEventError(MessageFault.FOREIGN)
    detail = message.get("detail")
    if not isinstance(detail, dict):
        raise NoHealthEventError(MessageFault.INCOMPLETE)
    updated_at = _time(detail.get("lastUpdatedTime")) or _time(message.get("time"))
    facts = HealthEventFacts(
        arn=_text(detail.get("eventArn"), 1600),
        account=_text(detail.get("affectedAccount") or message.get("account"), 12),
        region=_text(detail.get("eventRegion") or message.get("region"), 40),
        service=_text(detail.get("service"), 100),
        type_code=_text(detail.get("eventTypeCode"), 200),
        category=_text(detail.get("eventTypeCategory"), 40),
        scope=_text(detail.get("eventScopeCode"), 40),
        status=_text(detail.get("statusCode"), 20),
        started_at=_time(detail.get("startTime")),
        ended_at=_time(detail.get("endTime")),
        updated_at=updated_at or datetime.min.replace(tzinfo=UTC),
        descriptions=_descriptions(detail.get("eventDescription")),
        entities=list(_entities(message.get("resources"), detail.get("affectedEntities"))),
    )
    if updated_at is None or not (facts.arn and facts.service and facts.type_code):
        raise NoHealthEventError(MessageFault.INCOMPLETE)
    return facts


def storable(text: str) -> str:
    """Without what PostgreSQL refuses to store: NUL, and half of a pair of surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def _text(value: Any, length: int) -> str:
    return storable(value)[:length] if isinstance(value, str) else ""


def _time(value: Any) -> datetime | None:
    """RFC 1123 within ``detail``, ISO 8601 outside of it."""
    if not isinstance(value, str):
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(value.strip())
            return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
        except (ValueError, OverflowError):
            continue
    return None


def _descriptions(value: Any) -> dict[str, str]:
    entries = [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []
    texts = {
        _text(entry.get("language"), 20) or "en_US": _text(entry.get("latestDescription"), TEXT_LENGTH)
        for entry in entries[:LANGUAGES]
    }
    return {language: text for language, text in texts.items() if text}


def _entities(resources: Any, affected: Any) -> Iterable[str]:
    values = [*resources] if isinstance(resources, list) else []
    if isinstance(affected, list):
        values += [entity.get("entityValue") for entity in affected if isinstance(entity, dict)]
    return list(dict.fromkeys(filter(None, (_text(value, 500) for value in values[:ENTITIES]))))
