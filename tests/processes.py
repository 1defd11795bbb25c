"""What a test asks about processes that it didn't start itself."""

import time
from pathlib import Path


def assert_all_gone(pids: set[int]) -> None:
    deadline = time.monotonic() + 10
    while left := {pid for pid in pids if is_running(pid)}:
        assert time.monotonic() < deadline, f"{left} still run"
        time.sleep(0.1)


def is_running(pid: int) -> bool:
    """Not a zombie either, which nobody may have picked up yet."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
