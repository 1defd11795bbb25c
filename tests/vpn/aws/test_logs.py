"""FilterLogEvents' answers read fast, and by botocore after all where they can't be; how fast AWS is asked."""

import json
import threading
import time
from typing import Any

from botocore.session import Session

from vpn.aws.log_pages import Line, LogParserFactory
from vpn.aws.pace import Pace

ANSWER = {
    "events": [
        {"logStreamName": "a", "timestamp": 5, "message": "one", "eventId": "1", "ingestionTime": 6},
        {"timestamp": 7, "message": 'two \\ "quoted"', "unknown": {"a": [1]}},
    ],
    "nextToken": "on",
    "searchedLogStreams": [],
}


def parsed(body: bytes, *, status: int = 200) -> Any:
    shape = Session().get_service_model("logs").operation_model("FilterLogEvents").output_shape
    response = {"body": body, "headers": {"X-Amzn-RequestId": "r"}, "status_code": status}
    assert shape is not None
    return LogParserFactory().create_parser("json").parse(response, shape)


def test_events_are_lines_and_the_rest_is_as_botocore_has_it() -> None:
    answer = parsed(json.dumps(ANSWER).encode())
    assert answer["events"] == [Line(5, "one", "a"), Line(7, 'two \\ "quoted"')]
    assert (answer["nextToken"], answer["ResponseMetadata"]["HTTPStatusCode"]) == ("on", 200)


def test_an_empty_page_with_a_token_is_one() -> None:
    assert (parsed(b'{"nextToken": "on"}')["events"], parsed(b'{"nextToken": "on"}')["nextToken"]) == (
        [],
        "on",
    )
    assert "nextToken" not in parsed(b'{"events": []}')


def test_half_a_character_in_one_event_keeps_no_other_from_being_read() -> None:
    broken = {"timestamp": 9, "message": "\ud83d"}
    answer = parsed(json.dumps({"events": [*ANSWER["events"], broken]}).encode())
    assert [event["message"] for event in answer["events"]] == ["one", 'two \\ "quoted"', "\ud83d"]


def test_an_error_is_botocores() -> None:
    answer = parsed(b'{"__type": "ThrottlingException", "message": "Rate exceeded"}', status=400)
    assert answer["Error"]["Code"] == "ThrottlingException"


def test_calls_of_several_threads_together_keep_the_pace() -> None:
    pace, began = Pace(100), time.monotonic()

    def call_often() -> None:
        for _ in range(10):
            pace.wait()

    threads = [threading.Thread(target=call_often) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert time.monotonic() - began >= 29 / 100 - 1 / 100


def calls(pace: Pace, count: int) -> float:
    """How many seconds they take."""
    began = time.monotonic()
    for _ in range(count):
        pace.wait()
    return time.monotonic() - began


def test_a_burst_comes_at_once_and_no_more_than_it_in_its_time() -> None:
    assert calls(Pace(2, burst=20), 20) < 5 < 19 / 2
    assert calls(Pace(100, burst=20), 61) >= 60 / 100


def test_when_it_slows_down_fewer_calls_come_at_once() -> None:
    pace = Pace(100, burst=20)
    pace.slow_down()
    assert calls(pace, 18) >= 13 / 100


def test_it_slows_down_once_for_calls_that_are_refused_together_and_recovers() -> None:
    pace = Pace(100)
    for _ in range(6):
        pace.slow_down()
    assert 60 < pace.rate < 80
    time.sleep(0.3)
    before = pace.rate
    pace.wait()
    assert before < pace.rate <= 100
