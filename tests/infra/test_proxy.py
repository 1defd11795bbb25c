"""The TLS proxy of docker-compose.yml, really run in front of the portal. Needs Caddy (Debian: caddy)."""

import http.client
import os
import re
import shutil
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest

from sandbox.services.programs import free_port

CADDY = shutil.which("caddy")
ROOT = Path(__file__).resolve().parent.parent.parent
PAGES = ROOT / "infra" / "caddy"
HOST = "localhost"

pytestmark = pytest.mark.skipif(CADDY is None, reason="Caddy is not installed")


class Site:
    """A portal behind the proxy, at ``https://localhost:port``."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.port, self.behind = free_port(), free_port()
        command = (
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
        )
        more = ["-addext", "subjectAltName=DNS:localhost", "-keyout", "key.pem", "-out", "cert.pem"]
        subprocess.run(["openssl", *command.split(), *more], cwd=directory, check=True, capture_output=True)
        self.tls = ssl.create_default_context(cafile=str(directory / "cert.pem"))

    @contextmanager
    def portal(self) -> Iterator[subprocess.Popen[bytes]]:
        environment = os.environ | {
            "SITE_URL": f"https://{HOST}:{self.port}",
            "ALLOWED_HOSTS": HOST,
            "TRUSTED_PROXIES": "127.0.0.1/32",
            "WEB_CONCURRENCY": "2",
        }
        command = [sys.executable, "-m", "gunicorn", "portal.wsgi", "--bind", f"127.0.0.1:{self.behind}"]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL) as process:
            try:
                yield process
            finally:
                process.send_signal(signal.SIGTERM)

    @contextmanager
    def proxy(self) -> Iterator[None]:
        environment = os.environ | {
            "HOME": str(self.directory),
            "GENKAN_HOSTS": f"https://{HOST}:{self.port}",
            "GENKAN_TLS": f"{self.directory}/cert.pem {self.directory}/key.pem",
            "GENKAN_WEB": "127.0.0.1",
            "GENKAN_WEB_PORT": str(self.behind),
            "GENKAN_PAGES": str(PAGES),
        }
        command = [str(CADDY), "run", "--config", str(PAGES / "Caddyfile"), "--adapter", "caddyfile"]
        with (self.directory / "caddy.log").open("wb") as log:
            process = subprocess.Popen(command, env=environment, stderr=log)
        try:
            yield
        finally:
            process.terminate()
            process.wait()

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], str]:
        connection = http.client.HTTPSConnection(HOST, self.port, context=self.tls, timeout=30)
        with closing(connection):
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, named, answer.read().decode()

    def wait(self) -> None:
        """Until the whole way answers."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if self.get("/healthz")[0] == 200:
                    return
            except OSError:
                pass
            time.sleep(0.2)
        raise AssertionError((self.directory / "caddy.log").read_text())


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    proxied = Site(tmp_path_factory.mktemp("proxy"))
    with proxied.proxy():
        yield proxied


def test_a_forged_address_does_not_come_through(site: Site) -> None:
    with site.portal():
        site.wait()
        assert site.get("/egress.txt", **{"X-Forwarded-For": "203.0.113.10"})[2] == "127.0.0.1\n"


def test_the_headers_are_the_portals_own(site: Site) -> None:
    with site.portal():
        site.wait()
        _status, headers, _text = site.get("/healthz")
    assert headers["strict-transport-security"] == "max-age=31536000; includeSubDomains; preload"
    assert "server" not in headers


def test_a_link_that_lets_somebody_in_is_not_in_its_log(site: Site) -> None:
    with site.portal():
        site.wait()
        site.get("/accounts/breakglass/a-secret-of-ten-minutes/")
    log = (site.directory / "caddy.log").read_text()
    assert "/accounts/breakglass/…" in log
    assert "a-secret-of-ten-minutes" not in log


def test_the_reference_number_is_in_its_log(site: Site) -> None:
    with site.portal():
        site.wait()
        reference = site.get("/healthz")[1]["x-request-id"]
    assert f'"X-Request-Id":["{reference}"]' in (site.directory / "caddy.log").read_text()


def test_without_the_portal_people_get_a_page_that_says_so(site: Site) -> None:
    status, headers, text = site.get("/")
    assert (status, headers["retry-after"]) == (503, "60")
    assert "server" not in headers
    assert "ただいまポータルをご利用いただけません" in text
    assert "http://" not in text.replace("http://www.w3.org", "")


def test_its_page_has_the_words_of_the_portals_own() -> None:
    ours = (ROOT / "templates" / "503.html").read_text(encoding="utf-8")
    for words in re.findall(r"<(?:h1|h2|p)>([^<]+)", (PAGES / "503.html").read_text(encoding="utf-8")):
        assert all(sentence in ours for sentence in re.findall(r"[^。.]+[。.]?", words.strip()))


def test_a_portal_that_is_replaced_costs_nobody_an_answer(site: Site) -> None:
    """As `docker compose up` does it with one web container: the old one ends, then the new one starts."""
    statuses: Counter[int | str] = Counter()
    enough = threading.Event()

    def ask() -> None:
        while not enough.is_set():
            try:
                statuses[site.get("/healthz")[0]] += 1
            except (OSError, http.client.HTTPException) as error:
                statuses[type(error).__name__] += 1

    with ExitStack() as stack:
        old = stack.enter_context(site.portal())
        site.wait()
        people = [threading.Thread(target=ask) for _ in range(4)]
        for person in people:
            person.start()
        time.sleep(1)
        old.send_signal(signal.SIGTERM)
        old.wait()
        stack.enter_context(site.portal())
        time.sleep(4)
        enough.set()
        for person in people:
            person.join()
    assert set(statuses) == {200}
