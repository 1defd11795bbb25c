"""How fast AWS is asked."""

import threading
import time

from vpn.aws.pace import Pace


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
