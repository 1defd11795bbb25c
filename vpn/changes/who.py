"""Who made a change, in words, and what is known of them; or why it isn't known."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from django.conf import settings
from django.utils.translation import gettext as _

from portal.text import with_note
from vpn.changes.services import ATTEMPTS
from vpn.endpoints.models import ChangeOrigin, EndpointChange
from vpn.endpoints.reasons import error_text

# RoleSessionName of the portal's own calls: see vpn/aws/session.py
OWN_SESSION: Final = "genkan-portal"
# What a user agent begins with or contains, and what people call that
AGENTS: Final = (
    ("console.amazonaws.com", "console"),
    ("signin.amazonaws.com", "console"),
    ("Mozilla/", "console"),
    ("AWS Internal", "console"),
    ("aws-cli", "AWS CLI"),
    ("Terraform", "Terraform"),
    ("cloudformation.amazonaws.com", "CloudFormation"),
    ("Boto3", "Boto3"),
)


@dataclass(frozen=True)
class Who:
    """``name``: of the person, role or service; empty: not known, and ``text`` says why. ``details``: line by line.

    ``tone``: of the badge. ``event_id``: CloudTrail's. ``at``: when the call was made. ``own_words``: AWS's, of an
    error.
    """

    tone: str
    label: str
    name: str = ""
    text: str = ""
    details: tuple[str, ...] = ()
    event_id: str = ""
    at: datetime | None = None
    own_words: str = ""


def who(change: EndpointChange, names: Mapping[str, str]) -> Who:
    """``names``: what people are called, by their usernames in small letters."""
    label = str(ChangeOrigin(change.origin).label)
    match change.origin:
        case ChangeOrigin.PORTAL:
            return Who("ok", label)
        case ChangeOrigin.AWS:
            return Who("info", label)
        case ChangeOrigin.UNDECIDED:
            return Who("unknown", label)
    if change.event_id:
        return _known(change, label, names)
    own_words = ": ".join(filter(None, (change.error_code, change.error_message)))
    return Who("warn", label, text=_why_unknown(change), own_words=own_words)


def _known(change: EndpointChange, label: str, names: Mapping[str, str]) -> Who:
    event = change.event
    person = names.get(change.actor, "")
    return Who(
        "warn",
        label,
        name=with_note(person or change.actor, change.actor),
        details=tuple(filter(None, (_kind_text(event), _way_text(event), _own_role_text(event)))),
        event_id=change.event_id,
        at=datetime.fromisoformat(event["at"]),
    )


def _kind_text(event: Mapping[str, Any]) -> str:
    match event["actor_kind"]:
        case "IAMUser":
            text = _("IAM user")
        case "AssumedRole":
            text = _("Role %(role)s") % {"role": event["role"] or event["arn"]}
        case "Root":
            text = _("Root user of the account %(account)s") % {"account": event["account"]}
        case "AWSService":
            text = _("AWS service")
        case kind:
            text = kind
    if event["account"] and event["recipient"] and event["account"] != event["recipient"]:
        return _("%(who)s, from another AWS account (%(account)s)") % {
            "who": text,
            "account": event["account"],
        }
    return str(text)


def _way_text(event: Mapping[str, Any]) -> str:
    """From where, and with what."""
    if event["invoked_by"] and event["actor_kind"] != "AWSService":
        return _("Through %(service)s") % {"service": event["invoked_by"]}
    agent = next((name for part, name in AGENTS if part in event["user_agent"]), event["user_agent"][:60])
    with_what = _("AWS's console") if agent == "console" else agent
    address = event["source_address"]
    return _(", ").join(filter(None, (with_what, address if address != agent else "")))


def _own_role_text(event: Mapping[str, Any]) -> str:
    if event["actor"] != OWN_SESSION:
        return ""
    return _("The portal's own role was used, but no operation of this portal did it.")


def _why_unknown(change: EndpointChange) -> str:
    if change.look_up_at is not None and "cloudtrail" not in settings.VPN_SOURCES:
        return _("Not known: asking CloudTrail is switched off (VPN_SOURCES).")
    if change.error_id == "aws-access-denied":
        return _("Not known: not allowed to read CloudTrail (cloudtrail:LookupEvents).")
    if change.error_id:
        return _("Not known: %(reason)s") % {"reason": error_text(change.error_id, change.error_message)}
    if change.look_up_at is not None:
        return _("Not known yet: CloudTrail's events can be 15 minutes late.")
    minutes = int(ATTEMPTS[-1].total_seconds() // 60)
    return _(
        "Not found: CloudTrail has no event of it, %(minutes)s minutes later. It may have been in another account"
        " or Region, longer ago than CloudTrail's 90 days, or AWS itself."
    ) % {"minutes": minutes}
