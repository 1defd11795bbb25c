"""From what the caller says to the person: a name, an address, a connection id or a reference number."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from django.db.models import Q, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from portal.access.accounts import accounts_named
from portal.access.names import folded
from portal.addresses import Address, parse_address
from portal.audit.models import AuditEvent
from portal.text import normalize
from vpn.connect_attempts.models import ConnectAttempt
from vpn.connection_log.models import Connection
from vpn.directory.models import DirectoryUser
from vpn.directory.queries import names_by_username
from vpn.endpoints.models import LiveConnection
from vpn.help.codes import looks_like_code
from vpn.helpdesk.models import FailedRequest
from vpn.people.lookup import search_people

MAX_SHOWN: Final = 8
# Two letters of the alphabet, or one kana, match a part of the company, and all pairs all of it; one kanji may be a
# whole family name.
SHORTEST: Final = 3
SHORTEST_KANA: Final = 2
KANA: Final = re.compile(r"[\u3040-\u30ff]+")
CONNECTION_ID: Final = re.compile(r"cvpn-connection-[0-9a-f]{17}", re.ASCII | re.IGNORECASE)
# portal.access.requests makes them: four and six characters, read out with or without the hyphen.
REFERENCE: Final = re.compile(r"[0-9A-Z]{4}-?[0-9A-Z]{6}", re.ASCII)
# An address has had other holders before.
ADDRESS_WITHIN: Final = timedelta(days=7)


@dataclass(frozen=True)
class FoundPerson:
    """``why``: by what, where it isn't the name."""

    username: str
    name: str
    email: str = ""
    why: str = ""


@dataclass(frozen=True)
class HelpdeskSearch:
    """``too_short``: so many would match that none is shown; ``more``: there are more than are shown.

    ``too_many``: the agent has searched too often within a minute. ``is_code``: it looks like a support code. Looking
    for one must not use it up.
    """

    people: tuple[FoundPerson, ...] = ()
    too_short: bool = False
    is_code: bool = False
    too_many: bool = False
    more: bool = False


def search(typed: str) -> HelpdeskSearch:
    """At most MAX_SHOWN people. Nobody for an empty text: there is no list of everybody."""
    text = normalize(typed)
    if not text:
        return HelpdeskSearch()
    if CONNECTION_ID.fullmatch(text):
        return _of_usernames(_by_connection(text.lower()), _("by the connection id"))
    if address := parse_address(text):
        return _of_usernames(_by_address(address), _("by the address"))
    if REFERENCE.fullmatch(text.upper()) and (usernames := _by_reference(text.upper())):
        return _of_usernames(usernames, _("by the reference number"))
    if usernames := _by_handler_code(text):
        return _of_usernames(usernames, _("by the refusal code in AWS VPN Client"))
    if looks_like_code(text):
        return HelpdeskSearch(is_code=True)
    if is_too_short(text):
        return HelpdeskSearch(too_short=True)
    people = [
        FoundPerson(person.username, person.name, person.email)
        for person in search_people(text, limit=MAX_SHOWN + 1)
    ]
    # Whoever calls on the first day has neither signed in nor connected yet.
    listed = _in_directory(text)
    accounts = accounts_named(person.username for person in (*people, *listed))
    known = {accounts.person_key(person.username) for person in people}
    people += [person for person in listed if accounts.person_key(person.username) not in known]
    return HelpdeskSearch(_with_directory_names(people[:MAX_SHOWN]), more=len(people) > MAX_SHOWN)


def is_too_short(text: str) -> bool:
    """A part of a name that so many have that nobody would be found by it, only listed."""
    longest = max(text.split(), key=len, default="")
    if KANA.fullmatch(longest):
        return len(longest) < SHORTEST_KANA
    return longest.isascii() and len(longest) < SHORTEST


def _in_directory(text: str) -> list[FoundPerson]:
    rows = DirectoryUser.objects.filter(vanished_at=None)
    names = folded(Concat("name", Value("\x1f"), "username", Value("\x1f"), "email"))
    rows = rows.alias(folded_names=names)
    for word in text.split():
        rows = rows.filter(folded_names__contains=folded(Value(word)))
    # AWS's log has the e-mail address: Client VPN wants it as the NameID.
    return [
        FoundPerson(row.email or row.username, row.name, row.email)
        for row in rows.order_by("name", "username")[: MAX_SHOWN + 1]
    ]


def _of_usernames(usernames: Iterable[str], why: str) -> HelpdeskSearch:
    # In the order found, newest first
    distinct = list(dict.fromkeys(name for name in usernames if name))
    accounts = accounts_named(distinct)
    people = []
    for username in distinct[:MAX_SHOWN]:
        user = accounts.get(username)
        people.append(
            FoundPerson(
                user.username if user else username,
                user.name if user else "",
                user.email if user else "",
                why,
            )
        )
    return HelpdeskSearch(_with_directory_names(people), more=len(distinct) > MAX_SHOWN)


def _with_directory_names(people: list[FoundPerson]) -> tuple[FoundPerson, ...]:
    """Whoever never signed in to the portal has a name in the directory all the same."""
    names = names_by_username(person.username for person in people if not person.name)
    return tuple(
        FoundPerson(
            person.username,
            person.name or names.get(person.username, ""),
            person.email,
            person.why,
        )
        for person in people
    )


def _by_connection(connection_id: str) -> list[str]:
    logged = Connection.objects.filter(connection_id=connection_id, user__isnull=False)
    live = LiveConnection.objects.filter(connection_id=connection_id)
    return [
        *logged.values_list("user__username", flat=True),
        *live.values_list("username", flat=True),
    ]


def _by_address(address: Address) -> list[str]:
    """Who has it inside the VPN or comes from it, those who are connected first, then the newest."""
    inside = Q(client_ip=str(address)) | Q(client_ip_v6=str(address))
    live = LiveConnection.objects.filter(inside).order_by("-established_at")
    logged = Connection.objects.filter(
        inside | Q(device_ip=str(address)), at__gt=timezone.now() - ADDRESS_WITHIN, user__isnull=False
    ).order_by("-at")
    return [
        *live.values_list("username", flat=True)[:MAX_SHOWN],
        *logged.values_list("user__username", flat=True)[: MAX_SHOWN * 10],
    ]


def _by_handler_code(text: str) -> list[str]:
    """The code that the connect handler gave with its refusal, as AWS VPN Client shows it."""
    plain = text.upper().replace("-", "")
    attempts = ConnectAttempt.objects.filter(support_code=f"{plain[:4]}-{plain[4:]}")
    return list(attempts.order_by("-at").values_list("username", flat=True)[:MAX_SHOWN])


def _by_reference(text: str) -> list[str]:
    """Of error pages too: whoever acted, whom it was about, or who saw the page."""
    plain = text.replace("-", "")
    reference = f"{plain[:4]}-{plain[4:]}"
    events = AuditEvent.objects.filter(reference=reference).order_by("-sequence")[:MAX_SHOWN]
    failed = FailedRequest.objects.filter(reference=reference)
    return [
        *(event.actor or next(iter(event.people), "") for event in events),
        *failed.values_list("username", flat=True),
    ]
