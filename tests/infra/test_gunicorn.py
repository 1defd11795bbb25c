"""gunicorn, really run as a proxy on the same machine sees it: what a client's headers change, and what is logged."""

import http.client
import os
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

import pytest

from sandbox.services.programs import LOOPBACK, free_port
from tests.forwarded_for import CASES

ROOT: Final = Path(__file__).resolve().parent.parent.parent
SIGN_IN: Final = "/accounts/login/?next=/"


@contextmanager
def gunicorn(*arguments: str, log: Path | None = None) -> Iterator[int]:
    """The port of a portal with one web process, whose stderr goes to ``log``."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"{LOOPBACK}:{port}", *arguments]
    # DEBUG: no file was collected that the page for 404 needs.
    environment = os.environ | {"WEB_CONCURRENCY": "1", "DEBUG": "true"}
    with (
        Path(log or os.devnull).open("wb") as stderr,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stderr, stderr=stderr) as process,
    ):
        try:
            _wait(port)
            yield port
        finally:
            process.terminate()


def _wait(port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if get(port, "/healthz")[0] == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise AssertionError("gunicorn does not answer")


def get(port: int, path: str, **headers: str) -> tuple[int, str]:
    """Status and Location."""
    with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Host": "vpn.example.com", **headers})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Location", "")


@pytest.fixture(scope="module")
def portal() -> Iterator[int]:
    with gunicorn() as port:
        yield port


@pytest.mark.parametrize("header", ["SCRIPT_NAME", "Script-Name", "PATH_INFO", "Path-Info", "REMOTE_USER"])
@pytest.mark.parametrize("value", ["/evil", "/", "//evil.example", "evil"])
def test_a_header_named_like_a_variable_of_the_server_is_ignored(
    portal: int, header: str, value: str
) -> None:
    assert get(portal, "/", **{header: value}) == (302, SIGN_IN)
    assert get(portal, "/evil/", **{header: value})[0] == 404
    assert get(portal, "/") == (302, SIGN_IN)


def test_headers_that_contradict_each_other_about_the_scheme_are_ignored(portal: int) -> None:
    headers = {"X-Forwarded-Proto": "http", "X-Forwarded-Ssl": "on", "X-Forwarded-Protocol": "ssl"}
    assert get(portal, "/", **headers) == (302, SIGN_IN)


def get_with_lines(port: int, path: str, lines: Iterable[tuple[str, str]]) -> str:
    """The body; the header lines are sent as they are, one of a name or several."""
    with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=30)) as connection:
        connection.putrequest("GET", path, skip_host=True)
        for name, value in (("Host", "vpn.example.com"), *lines):
            connection.putheader(name, value)
        connection.endheaders()
        return connection.getresponse().read().decode()


def test_every_form_of_x_forwarded_for_arrives_as_it_was_sent(portal: int) -> None:
    answers = {case.label: get_with_lines(portal, "/egress.txt", case.headers).strip() for case in CASES}
    assert answers == {case.label: case.ip or "unknown" for case in CASES}


def test_links_stay_where_they_are_even_if_the_server_believes_the_header(tmp_path: Path) -> None:
    """gunicorn without our settings: it believes what comes from the same machine."""
    defaults = tmp_path / "gunicorn.conf.py"
    defaults.touch()
    with gunicorn("--config", str(defaults)) as port:
        assert get(port, "/evil/", SCRIPT_NAME="/evil") == (302, SIGN_IN)
        assert get(port, "/") == (302, SIGN_IN)


def test_a_break_glass_link_is_in_no_log_of_gunicorn(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with gunicorn("--access-logfile", "-", "--log-level", "debug", log=log) as port:
        get(port, "/accounts/breakglass/a-secret-of-ten-minutes/")
        get(port, "/accounts/breakglass/a-secret-of-ten-minutes/more")
        get(
            port,
            "/preferences/",
            Referer="https://vpn.example.com/accounts/breakglass/a-secret-of-ten-minutes/",
        )
    text = log.read_text()
    assert "GET /accounts/breakglass/…" in text
    assert "a-secret-of-ten-minutes" not in text


def body(port: int, path: str) -> tuple[int, str]:
    with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=30)) as connection:
        connection.request("GET", path, headers={"Host": "vpn.example.com"})
        answer = connection.getresponse()
        return answer.status, answer.read().decode()


@pytest.mark.parametrize("letters", [1_000, 3_000, 60_000])
def test_an_address_that_is_too_long_is_answered_in_both_languages(portal: int, letters: int) -> None:
    status, page = body(portal, f"/connections/?q={quote('あ') * letters}")
    assert status == 414
    assert "長すぎます" in page
    assert "too long" in page


def test_a_search_that_is_longer_than_its_field_reaches_the_form(portal: int) -> None:
    assert get(portal, f"/connections/?q={quote('あ') * 800}")[0] == 302
