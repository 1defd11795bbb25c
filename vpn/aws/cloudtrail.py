"""Reading CloudTrail's event history: who called what.

IAM: cloudtrail:LookupEvents (resource *).
"""

import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, Literal

from vpn.aws import snapshots
from vpn.aws.errors import translated
from vpn.aws.pace import Pace

if TYPE_CHECKING:
    from mypy_boto3_cloudtrail.type_defs import LookupEventsRequestTypeDef

    from vpn.aws.session import CloudTrailClient

# LookupEvents: two calls a second an account and Region. Somebody else may look there, too: half of it is left to them.
PACE: Final = Pace(1.0)
# Of an endpoint that is changed all day: as many events as are worth waiting for.
MOST_PAGES: Final = 10


def look_up(
    client: "CloudTrailClient",
    *,
    key: Literal["ResourceName", "EventName"],
    value: str,
    since: datetime,
    until: datetime,
) -> list[snapshots.TrailEvent]:
    """LookupEvents by one attribute, newest first. Raises AwsError. Reads and calls that were refused are left out."""
    request: LookupEventsRequestTypeDef = {
        "LookupAttributes": [{"AttributeKey": key, "AttributeValue": value}],
        "StartTime": since,
        "EndTime": until,
    }
    events: list[snapshots.TrailEvent] = []
    for _page in range(MOST_PAGES):
        PACE.wait()
        with translated():
            answer = client.lookup_events(**request)
            events += [_event(raw) for raw in answer["Events"] if raw.get("ReadOnly") != "true"]
        if not (token := answer.get("NextToken")):
            break
        request["NextToken"] = token
    return [event for event in events if not event.error_code]


def _event(raw: Any) -> snapshots.TrailEvent:
    document = json.loads(raw["CloudTrailEvent"])
    identity = document.get("userIdentity") or {}
    issuer = (identity.get("sessionContext") or {}).get("sessionIssuer") or {}
    parameters = _parameters(document.get("requestParameters"))
    return snapshots.TrailEvent(
        event_id=raw["EventId"],
        name=raw["EventName"],
        source=raw.get("EventSource", ""),
        at=raw["EventTime"],
        actor_kind=_text(identity.get("type")),
        actor=_text(_actor(identity, raw)),
        arn=_text(identity.get("arn")),
        role=_text(issuer.get("userName")),
        account=_text(identity.get("accountId")),
        recipient=_text(document.get("recipientAccountId")),
        invoked_by=_text(identity.get("invokedBy")),
        source_address=_text(document.get("sourceIPAddress")),
        user_agent=_text(document.get("userAgent")),
        error_code=_text(document.get("errorCode")),
        parameters=parameters,
        resources=tuple(
            dict.fromkeys(
                [
                    *(resource.get("ResourceName", "") for resource in raw.get("Resources", ())),
                    *_texts(parameters),
                ]
            )
        ),
    )


def _text(value: Any) -> str:
    """Whoever calls chooses the user agent: what can't be printed, PostgreSQL or a page might not take."""
    return "".join(character for character in str(value or "") if character.isprintable())


def _actor(identity: Mapping[str, Any], raw: Mapping[str, Any]) -> str:
    """CloudTrail user guide, "userIdentity element": what names the caller depends on its type."""
    match identity.get("type"):
        case "Root":
            return "root"
        case "AWSService":
            return str(identity.get("invokedBy", ""))
        case "AssumedRole":
            # The session's name follows the role's. Of people it is most often their e-mail address.
            return str(identity.get("arn", "")).rpartition("/")[2] or str(raw.get("Username", ""))
    return str(identity.get("userName") or raw.get("Username") or identity.get("principalId") or "")


def _parameters(request: Any) -> dict[str, Any]:
    """Of an action by AWS's names in small letters.

    EC2's newer actions have theirs in a member like CreateNatGatewayRequest. AWS publishes no event of Client VPN, so
    either form is read.
    """
    if not isinstance(request, Mapping):
        return {}
    if len(request) == 1:
        name, inner = next(iter(request.items()))
        if name.endswith("Request") and isinstance(inner, Mapping):
            request = inner
    return {str(name).lower(): value for name, value in request.items()}


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
    elif isinstance(value, str):
        yield value
