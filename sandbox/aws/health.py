"""Events of AWS Health as EventBridge delivers them (AWS Health user guide, "AWS Health events in EventBridge")."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4


def health_event(
    *,
    account: str,
    region: str,
    service: str,
    code: str,
    text: str,
    event_id: str,
    status: str,
    category: str,
    scope: str,
    entities: list[str],
    started_at: float,
    updated_at: float,
    ended_at: float | None,
) -> dict[str, Any]:
    """``event_id`` is the last part of its ARN: what AWS says later of the same event has the same."""
    detail: dict[str, Any] = {
        "eventArn": f"arn:aws:health:{region}::event/{service}/{code}/{event_id}",
        "service": service,
        "eventTypeCode": code,
        "eventTypeCategory": category,
        "eventScopeCode": scope,
        "communicationId": f"{event_id}-1",
        "startTime": _time(started_at),
        "lastUpdatedTime": _time(updated_at),
        "statusCode": status,
        "eventRegion": region,
        "eventDescription": [{"language": "en_US", "latestDescription": text}],
        "affectedEntities": [{"entityValue": entity} for entity in entities],
        "affectedAccount": account,
        "page": "1",
        "totalPages": "1",
    }
    if ended_at is not None:
        detail["endTime"] = _time(ended_at)
    return {
        "version": "0",
        "id": str(uuid4()),
        "detail-type": "AWS Health Event",
        "source": "aws.health",
        "account": account,
        "time": datetime.fromtimestamp(updated_at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": entities,
        "detail": detail,
    }


def _time(at: float) -> str:
    """Within ``detail`` AWS writes times as RFC 1123 does."""
    return datetime.fromtimestamp(at, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
