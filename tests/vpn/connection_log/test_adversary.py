"""Whatever comes, in whatever pieces and however often: the answers are those that the lines themselves give."""

from collections import defaultdict
from contextlib import suppress
from datetime import UTC, timedelta
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F

from tests.vpn.connection_log.adversary import BEGIN, MONTHS, Adversary
from tests.vpn.connection_log.log_lines import read
from tests.vpn.connection_log.raw_log import Answers, ask
from tests.vpn.connection_log.test_store import empty, everything
from vpn.attribution.queries import EVERYBODY, connections_during
from vpn.connection_log.log_event import LogEvent, UnreadableEvent
from vpn.connection_log.models import CONNECTED, Connection, ConnectionTally, FailureTally
from vpn.connection_log.neighbours import join_log
from vpn.connection_log.store import store

pytestmark = pytest.mark.django_db
SEEDS = (1, 2, 3)
# Some connections are younger than a day, and most are older.
NOW = BEGIN + MONTHS - timedelta(days=3)
STORIES = 80


class Killed(Exception):
    """A worker that was killed before it could commit."""


def readable(lines: list[str]) -> list[LogEvent]:
    events = []
    for text in lines:
        with suppress(UnreadableEvent):
            events.append(read(text))
    return events


def store_and_be_killed(batch: list[LogEvent]) -> None:
    with transaction.atomic():
        store(batch, now=NOW)
        raise Killed


def import_in_pieces(lines: list[str], random: Random) -> None:
    """In any order and in overlapping batches; every third time somebody pulls the plug, and it is read again."""
    events = readable(random.sample(lines, k=len(lines)))
    begin = 0
    while begin < len(events):
        end = begin + random.choice((1, 7, 40, 150))
        batch = events[max(0, begin - random.randrange(30)) : end]
        if random.random() < 0.3:
            with pytest.raises(Killed):
                store_and_be_killed(batch)
        store(batch, now=NOW)
        begin = end


def kept() -> dict[str, Any]:
    """Without people who were named by an event that another one outweighs: the retention takes them out."""
    expected = everything()
    named = {row["user_id"] for row in expected["connections"]}
    return expected | {"users": [user for user in expected["users"] if user[0] in named or user[1]]}


def check(lines: list[str], random: Random) -> None:
    raw = ask(lines, now=NOW.replace(tzinfo=None))
    statuses = dict(Connection.objects.values_list("connection_id", "status"))
    assert statuses == raw.status
    assert {row.connection_id: row.status for row in join_log(readable(lines), now=NOW)} == raw.status
    assert sum(ConnectionTally.objects.values_list("open", flat=True)) == raw.count("open")
    assert sum(ConnectionTally.objects.values_list("connected", flat=True)) == raw.count(*CONNECTED)
    assert sum(ConnectionTally.objects.values_list("failed", flat=True)) == raw.count("failed")
    assert sum(ConnectionTally.objects.values_list("unfinished", flat=True)) == raw.count("unfinished")
    check_reasons(raw)
    check_traffic(raw)
    for _ in range(40):
        check_moment(raw, random)


def check_reasons(raw: Answers) -> None:
    reasons: dict[str, int] = defaultdict(int)
    for reason, failures in FailureTally.objects.exclude(failures=0).values_list("reason", "failures"):
        reasons[reason] += failures
    assert reasons == raw.reasons()


def check_traffic(raw: Answers) -> None:
    traffic: dict[str | None, int] = defaultdict(int)
    rows = Connection.objects.filter(status__in=CONNECTED)
    for person, amount in rows.values_list("user__username", F("ingress_bytes") + F("egress_bytes")):
        traffic[person] += amount
    assert traffic == raw.traffic()


def check_moment(raw: Answers, random: Random) -> None:
    at = BEGIN + timedelta(seconds=random.randrange(int(MONTHS.total_seconds())))
    there = connections_during(EVERYBODY, at, at + timedelta(seconds=1), limit=10_000)
    assert {row.connection_id for row in there} == raw.connected(at.astimezone(UTC).replace(tzinfo=None))


@pytest.mark.parametrize("seed", SEEDS)
def test_the_database_answers_as_the_raw_log_does(seed: int) -> None:
    lines, random = Adversary(seed).lines(STORIES), Random(seed)
    store(readable(lines), now=NOW)
    at_once = kept()
    check(lines, random)
    empty()
    import_in_pieces(lines, random)
    check(lines, random)
    assert kept() == at_once


@pytest.mark.parametrize("seed", SEEDS)
def test_what_cannot_be_read_is_known_as_such(seed: int) -> None:
    lines = Adversary(seed).lines(STORIES)
    unreadable = {text for text in lines if not readable([text])}
    assert unreadable == ask(lines, now=NOW.replace(tzinfo=None)).unreadable
