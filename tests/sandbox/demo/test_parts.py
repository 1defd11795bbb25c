"""What the demo keeps, compiles, chooses and says."""

import gettext
import os
import stat
import threading
import time
from pathlib import Path

import pytest

from sandbox.company import PEOPLE
from sandbox.demo import translations
from sandbox.demo.data_directory import (
    data_directory,
    days_since_last_run,
    exclusive,
    record_running,
    secret_key,
)
from sandbox.demo.screen import padded, step
from sandbox.demo.summary import ROLES_JA, summary
from sandbox.services.programs import ServiceError


def test_the_secret_key_is_kept_and_private(tmp_path: Path) -> None:
    key = secret_key(tmp_path)
    assert len(key) >= 50
    assert secret_key(tmp_path) == key
    assert stat.S_IMODE((tmp_path / "secret-key").stat().st_mode) == 0o600


def test_two_demos_do_not_share_their_data(tmp_path: Path) -> None:
    with (
        data_directory(tmp_path / "data"),
        pytest.raises(ServiceError, match=rf"process {os.getpid()}\) already runs on"),
        data_directory(tmp_path / "data"),
    ):
        pass
    with data_directory(tmp_path / "data") as again:
        assert stat.S_IMODE(again.stat().st_mode) == 0o700


def test_it_is_known_when_the_demo_ran_last(tmp_path: Path) -> None:
    assert days_since_last_run(tmp_path) == float("inf")
    record_running(tmp_path)
    assert days_since_last_run(tmp_path) < 0.01
    yesterday = time.time() - 86400
    os.utime(tmp_path / "alive", (yesterday, yesterday))
    assert days_since_last_run(tmp_path) == pytest.approx(1, abs=0.01)
    record_running(tmp_path)
    assert days_since_last_run(tmp_path) < 0.01


def test_translations_are_compiled_once(tmp_path: Path) -> None:
    source = tmp_path / "ja" / "LC_MESSAGES" / "django.po"
    source.parent.mkdir(parents=True)
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n\n'
    source.write_text(f'{header}msgid "Entrance"\nmsgstr "玄関"\n', encoding="utf-8")
    assert translations.compile_all(tmp_path) == 1
    assert gettext.translation("django", tmp_path, ["ja"]).gettext("Entrance") == "玄関"
    assert translations.compile_all(tmp_path) == 0
    os.utime(source, (2**32, 2**32))
    assert translations.compile_all(tmp_path) == 1


def test_without_translations_there_is_nothing_to_compile(tmp_path: Path) -> None:
    assert translations.compile_all(tmp_path / "nowhere") == 0


def test_the_end_says_where_to_go_and_whom_to_sign_in_as() -> None:
    text = summary(site="http://localhost:8000", logs=Path("logs"), data=Path("data"))
    assert "Genkan: http://localhost:8000\n" in text
    assert "http://localhost:8000/sandbox/network/" in text
    assert "http://localhost:8000/sandbox/faults/" in text
    for person in PEOPLE:
        assert person.name in text
        assert ROLES_JA[person.what] in text
    assert len(text.splitlines()) < 20


def test_japanese_and_latin_text_line_up() -> None:
    assert padded("田中 美咲", 12) == "田中 美咲   "
    assert padded("Liam O'Brien", 12) == "Liam O'Brien"


def test_a_step_says_what_it_does_before_it_is_done(capsys: pytest.CaptureFixture[str]) -> None:
    with step("データベース", "PostgreSQL"):
        assert capsys.readouterr().out.startswith("  データベース / PostgreSQL ")
    assert capsys.readouterr().out.endswith(" s\n")


def test_demos_of_one_directory_write_into_it_one_after_the_other(tmp_path: Path) -> None:
    done = []

    def other() -> None:
        with exclusive(tmp_path):
            done.append("other")

    with exclusive(tmp_path):
        waiting = threading.Thread(target=other)
        waiting.start()
        waiting.join(timeout=0.2)
        done.append("first")
    waiting.join(timeout=10)
    assert done == ["first", "other"]
