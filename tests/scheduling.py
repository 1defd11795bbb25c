"""Which tests go to one process together, and which are begun first, when several processes share them.

What takes longest is begun first: at the end no process is left with it while the others wait.
"""

from pathlib import Path
from typing import Final

import pytest
from xdist.scheduler import LoadFileScheduling

BROWSER: Final = "tests/browser/"
# By what they take, most first
LONG: Final = (
    BROWSER,
    "tests/infra/test_database_roles.py",
    "tests/sandbox/demo/",
    "tests/vpn/guides/test_in_browser.py",
    "tests/infra/test_proxy.py",
    "tests/sandbox/services/",
    "tests/sandbox/aws/",
    "tests/vpn/connection_log/ingest/",
    "tests/vpn/log_insights/test_views.py",
    "tests/vpn/operations/",
    "tests/vpn/endpoints/",
)
# Has a demo of its own
APART: Final = f"{BROWSER}test_first_day.py"


class Scheduling(LoadFileScheduling):  # type: ignore[misc]  # xdist has no types
    """By file, in the order of the tests; the browser's files together, because they share a demo."""

    def __init__(self, config: pytest.Config, log: object) -> None:
        # Otherwise the files with the fewest tests, which are the longest, come last.
        config.option.loadscopereorder = False
        super().__init__(config, log)

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return BROWSER if file.startswith(BROWSER) and file != APART else file


def long_first(items: list[pytest.Item], root: Path) -> None:
    items.sort(key=lambda item: _place(item.path.relative_to(root).as_posix()))


def _place(file: str) -> int:
    return next((place for place, start in enumerate(LONG) if file.startswith(start)), len(LONG))
