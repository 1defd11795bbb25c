"""The people who use the VPN while the demo runs."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from itertools import takewhile

import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import administrator
from sandbox.aws.seed_vpn import seeded_endpoint_id
from sandbox.company import PEOPLE, TOKYO
from sandbox.demo.traffic import DAY, IN_THE_BROWSER, next_busy_moment, past_actions
from sandbox.traffic.model import TOKYO_TIME, Planned, plan

MONDAY = datetime(2026, 11, 16, tzinfo=TOKYO_TIME)
# When many are at work, and when hardly anybody is.
NOW = (MONDAY + timedelta(hours=14.5)).timestamp()
NIGHT = (MONDAY + timedelta(hours=27)).timestamp()
MORNING = (MONDAY + timedelta(hours=34)).timestamp()
WEEK = 7 * DAY


def planned(now: float, *, until: float) -> list[Planned]:
    return list(takewhile(lambda action: action.at <= until, plan(count=60, seed=7, begin=now - WEEK)))


@pytest.fixture(scope="module")
def week() -> list[Planned]:
    return planned(NOW, until=NOW)


@pytest.fixture(scope="module")
def week_and_night() -> list[Planned]:
    return planned(NIGHT, until=MORNING)


def connected(actions: list[Planned]) -> set[str]:
    over = {action.key for action in actions if action.do == "disconnect"}
    return {action.key for action in actions if action.do == "connect"} - over


def users(actions: list[Planned], keys: set[str] | None = None) -> set[str]:
    return {action.username for action in actions if keys is None or action.key in keys}


def test_at_first_everybody_has_a_past_and_those_of_the_browser_are_not_connected(
    week: list[Planned],
) -> None:
    past = past_actions(week, since=NOW - WEEK, now=NOW, busy=NOW)
    assert past.back == []
    assert users(past.happened) == users(week)
    still = users(past.happened, connected(past.happened))
    assert len(still) > 10
    assert still.isdisjoint(IN_THE_BROWSER)


def test_what_an_earlier_run_has_played_is_not_played_again(week: list[Planned]) -> None:
    since = NOW - timedelta(hours=2).total_seconds()
    past = past_actions(week, since=since, now=NOW, busy=NOW)
    assert past.happened
    assert min(action.at for action in past.happened) >= since
    before = {action.key for action in week if action.at < since}
    assert before.isdisjoint(action.key for action in past.happened)


def test_those_who_were_connected_to_an_earlier_run_connect_again(week: list[Planned]) -> None:
    since = NOW - timedelta(hours=1).total_seconds()
    first = past_actions(week, since=NOW - WEEK, now=NOW, busy=NOW)
    again = past_actions(week, since=since, now=NOW, busy=NOW)
    assert len(again.back) > 5
    assert {action.do for action in again.back} == {"connect"}
    assert users(again.back).isdisjoint(IN_THE_BROWSER)
    lately = {action.key for action in first.happened if action.at > NOW - DAY}
    both = connected(again.happened) | {action.key for action in again.back}
    assert both == connected(first.happened) & lately


def test_at_night_those_are_connected_who_are_so_in_the_morning(week_and_night: list[Planned]) -> None:
    past = past_actions(week_and_night, since=NIGHT - WEEK, now=NIGHT, busy=MORNING)
    assert max(action.at for action in past.happened) <= NIGHT
    here = connected(past.happened) | {action.key for action in past.back}
    assert len(users(past.back)) > 10
    assert users(past.back).isdisjoint(IN_THE_BROWSER)
    # Whoever goes home before the morning would otherwise stay connected for ever.
    gone = {action.key for action in week_and_night if action.do == "disconnect" and action.at > NIGHT}
    assert here.isdisjoint(gone)


@pytest.mark.parametrize(
    ("now", "busy"),
    [
        (NOW, NOW),
        (NIGHT, MORNING),
        ((MONDAY + timedelta(hours=7)).timestamp(), (MONDAY + timedelta(hours=10)).timestamp()),
        ((MONDAY + timedelta(hours=19)).timestamp(), MORNING),
        ((MONDAY - timedelta(hours=40)).timestamp(), (MONDAY + timedelta(hours=10)).timestamp()),
    ],
)
def test_outside_office_hours_the_next_working_morning_begins(now: float, busy: float) -> None:
    assert next_busy_moment(now) == busy


@contextmanager
def traffic(url: str) -> Iterator[str]:
    """What it says when it is ready."""
    command = [sys.executable, "-m", "sandbox.demo.traffic", "--url", url, "--days", "inf"]
    environment = {**os.environ, "SANDBOX": "true"}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as playing:
        assert playing.stdout is not None
        yield playing.stdout.readline()
        playing.send_signal(signal.SIGTERM)
    assert playing.returncode == 0


def test_a_person_of_the_browser_is_connected_by_the_browser_only(aws_url: str) -> None:
    control, tanaka = Control(aws_url), PEOPLE[0]
    where = {"account": TOKYO.account, "region": TOKYO.region, "endpoint_id": seeded_endpoint_id(TOKYO)}
    mine = control.connect(**where, username=tanaka.email, device_ip="198.51.100.27")["id"]
    with traffic(aws_url) as output:
        assert "60 people use the VPN" in output
        active = [connection for connection in control.connections() if connection["status"] == "active"]
    assert [connection["id"] for connection in active if connection["username"] in IN_THE_BROWSER] == [mine]
    assert len(active) > 10
    assert open_sessions(tanaka.email, aws_url) - {mine}


def open_sessions(username: str, url: str) -> set[str]:
    """From the connection log."""
    with closing(administrator(url, TOKYO)("logs")) as logs:
        pages = logs.get_paginator("filter_log_events").paginate(
            logGroupName=f"/genkan/clientvpn/{TOKYO.label}"
        )
        entries = [json.loads(event["message"]) for page in pages for event in page["events"]]
    return {
        entry["connection-id"]
        for entry in entries
        if entry["username"] == username and entry["connection-attempt-status"] == "successful"
    }


def test_it_refuses_to_run_outside_the_sandbox() -> None:
    command = [sys.executable, "-m", "sandbox.demo.traffic", "--url", "http://127.0.0.1:9"]
    environment = {**os.environ, "SANDBOX": "false"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "only runs with SANDBOX=true" in done.stderr


def test_without_an_aws_it_says_so_in_a_sentence() -> None:
    command = [sys.executable, "-m", "sandbox.demo.traffic", "--url", "http://127.0.0.1:9"]
    environment = {**os.environ, "SANDBOX": "true"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "does not play along" in done.stderr
    assert "Traceback" not in done.stderr
