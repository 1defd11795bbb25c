"""The order of the tests."""

from pathlib import Path

from tests.scheduling import APART, LONG

ROOT = Path(__file__).resolve().parent.parent


def test_what_is_begun_first_exists() -> None:
    assert [place for place in (*LONG, APART) if not (ROOT / place).exists()] == []
