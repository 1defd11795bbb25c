"""From a search to the text of a CloudWatch Logs Insights query. Pure.

The query only has to find enough: what it finds is joined and compared with the search here, as exactly as the stored
connections are. So conditions that a single event can't answer (outcome, duration, traffic) are not in it. A value of
the search stands in it as letters, digits and ``\\xHH`` alone, so it can't end the expression that it stands in.

User guide "CloudWatch Logs Insights language query syntax": fields of JSON are discovered; a name with a hyphen stands
in backticks; ``like /(?i)…/``; isIpv4InSubnet() and isIpv6InSubnet().
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from vpn.connection_log.models import LONGEST_SESSION, LONGEST_SIGN_IN
from vpn.connection_log.reasons import UNFINISHED
from vpn.connection_log.search.conditions import ConnectionSearch, Network

# What AWS calls the time of an event is when it was published, which is later; how much later isn't documented.
PUBLISHED_WITHIN: Final = timedelta(hours=2)
LONGEST_QUERY: Final = 10_000
# A word that so many people's names hold narrows nothing.
MOST_NAMES: Final = 20


def window(search: ConnectionSearch, *, now: datetime) -> tuple[datetime, datetime]:
    """In which the events of the search's connections were published: a session ends a day later at most.

    A sign-in that was under way when the search begins is known by what was logged before.
    """
    return search.since - LONGEST_SIGN_IN, min(search.until + LONGEST_SESSION + PUBLISHED_WITHIN, now)


def query_text(search: ConnectionSearch, *, usernames: Mapping[str, Sequence[str]]) -> str:
    """``usernames``: for each word of the search, those of the people whose name or e-mail address holds it."""
    conditions = [f"| filter {condition}" for condition in _conditions(search, usernames)]
    query = "\n".join(["fields @timestamp, @message", *conditions, "| sort @timestamp desc"])
    if len(query) > LONGEST_QUERY:
        raise ValueError("The search has too many words.")
    return query


def _conditions(search: ConnectionSearch, usernames: Mapping[str, Sequence[str]]) -> Iterable[str]:
    for word in search.words:
        names = usernames.get(word, ())
        if len(names) <= MOST_NAMES:
            yield _any([*_contains(word), *(_is("username", name) for name in names)])
    if search.person:
        yield _any([_is(field, search.person) for field in ("username", "common-name")])
    if search.address:
        yield _any([_within("device-ip", search.address), _within(_client(search.address), search.address)])
    if search.device_ip:
        yield _within("device-ip", search.device_ip)
    if search.client_ip:
        yield _within(_client(search.client_ip), search.client_ip)
    if search.connection_id:
        yield _is("connection-id", search.connection_id)
    if search.endpoint_id:
        yield _is("client-vpn-endpoint-id", search.endpoint_id)
    if search.device_type:
        yield _is("device-type", search.device_type)
    if search.reason and search.reason != UNFINISHED:
        yield _is("connection-attempt-failure-reason", search.reason)


def _any(conditions: list[str]) -> str:
    return f"({' or '.join(conditions)})"


def _contains(word: str) -> list[str]:
    """People who sign in by certificate have a common name only."""
    return [f"`{field}` like /(?i){pattern(word)}/" for field in ("username", "common-name")]


def _is(field: str, value: str) -> str:
    return f"`{field}` like /(?i)^{pattern(value)}$/"


def _within(field: str, network: Network) -> str:
    return f'isIpv{network.version}InSubnet(`{field}`, "{network}")'


def _client(network: Network) -> str:
    return "client-ip" if network.version == 4 else "client-ip-v6"


def pattern(text: str) -> str:
    """A regular expression for ``text``. What is neither ASCII nor a letter or digit may be anything."""
    return "".join(_character(character) for character in text)


def _character(character: str) -> str:
    if character.isalnum():
        return character
    return f"\\x{ord(character):02X}" if character.isascii() else "."
