"""P8: the bad day. Within a minute everybody signs in, loads the home page and a profile, and keeps the page open.

``python -m bench.bad_day [--people 5000] [--connections 50]``, in the tests' environment. Each person is a browser with
an address and cookies of their own; an identity provider in this process signs the assertions, on the same cores. After
the profile the home page stays open and asks as vpn/static/vpn/egress.js does, as often as if somebody looked at all of
them, until the last person has been served. The peer, in the same run, is a view that answers "ok" in the same server.
"""

import argparse
import heapq
import itertools
import os
import statistics
import tempfile
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final
from urllib.parse import urlencode, urlsplit

from bench.http import HOST, measure, server
from bench.site import prepare
from sandbox import company
from sandbox.idp.authn_request import from_url
from sandbox.idp.keyring import KeyRing
from sandbox.idp.messages import encode, render
from sandbox.idp.provider import IdentityProvider, claims_typed

ARRIVAL_SECONDS: Final = 60
# How often an open page asks for the small answer, and for everything: after each twelfth
CHECK_SECONDS: Final = 10
CHECKS_A_REFRESH: Final = 12
LOGIN: Final = "/accounts/saml/sso/login/"
ACS: Final = "/accounts/saml/sso/acs/"
FORM: Final = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Timing:
    page: str
    seconds: float


@dataclass
class Browser:
    """One person's: an address, and cookies that are sent back whatever scheme they were made for."""

    number: int
    cookies: dict[str, str] = field(default_factory=dict)
    checks: int = 0

    @property
    def headers(self) -> dict[str, str]:
        high, low = divmod(self.number, 250)
        return {
            "Host": urlsplit(os.environ["SITE_URL"]).netloc,
            "X-Forwarded-For": f"198.51.{high % 250}.{low + 1}",
            "Accept-Language": "ja",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }


class Crowd:
    """People who arrive, and the pages that they keep open; `connections` threads do what is due."""

    def __init__(self, *, port: int, people: int, provider: IdentityProvider, profile: str) -> None:
        self.port, self.provider, self.profile = port, provider, profile
        self.timings: list[Timing] = []
        self.errors: Counter[str] = Counter()
        self.unserved = people
        self.seconds = 0.0
        self._lock = threading.Lock()
        self._order = itertools.count()
        # When it is due, a number that keeps the order, whose it is, and whether they have arrived already
        self._due = [
            (ARRIVAL_SECONDS * number / people, next(self._order), Browser(number), False)
            for number in range(people)
        ]
        heapq.heapify(self._due)
        self._began = time.monotonic()

    def serve(self, connections: int) -> None:
        threads = [threading.Thread(target=self._work) for _ in range(connections)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _work(self) -> None:
        connection = HTTPConnection(HOST, self.port, timeout=60)
        while self.unserved:
            with self._lock:
                now = time.monotonic() - self._began
                due = heapq.heappop(self._due) if self._due and self._due[0][0] <= now else None
            if not due:
                time.sleep(0.02)
                continue
            _, _, browser, arrived = due
            try:
                if arrived:
                    self._look_again(connection, browser)
                else:
                    self._arrive(connection, browser)
            except (HTTPException, OSError) as error:
                self.errors[f"{type(error).__name__}: {error}"] += 1
                connection.close()
            with self._lock:
                now = time.monotonic() - self._began
                heapq.heappush(self._due, (now + CHECK_SECONDS, next(self._order), browser, True))
                if not arrived:
                    self.unserved -= 1
                    self.seconds = now
        connection.close()

    def _look_again(self, connection: HTTPConnection, browser: Browser) -> None:
        self._send(connection, browser, "check", "/egress.json")
        browser.checks += 1
        if browser.checks % CHECKS_A_REFRESH == 0:
            self._send(connection, browser, "refresh", "/", headers={"HX-Request": "true"})

    def _arrive(self, connection: HTTPConnection, browser: Browser) -> None:
        to_provider = self._send(connection, browser, "sign-in: request", f"{LOGIN}?next=/", status=302)
        body = urlencode({"SAMLResponse": encode(self._assertion(browser, to_provider)), "RelayState": ""})
        finish = self._send(connection, browser, "sign-in: assertion", ACS, status=302, body=body)
        self._send(connection, browser, "sign-in: session", _path(finish), status=302)
        self._send(connection, browser, "home", "/")
        self._send(connection, browser, "profile", self.profile)

    def _assertion(self, browser: Browser, location: str) -> bytes:
        claims = claims_typed(
            f"person-{browser.number}@example.co.jp", f"Person {browser.number}", (company.EMPLOYEES.id,)
        )
        return render(self.provider.spec(from_url(location), claims), self.provider.key)

    def _send(
        self,
        connection: HTTPConnection,
        browser: Browser,
        page: str,
        path: str,
        *,
        status: int = 200,
        body: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> str:
        """The answer's Location. Any other status than the one expected is counted as an error."""
        form = {"Content-Type": FORM} if body else {}
        began = time.monotonic()
        connection.request(
            "POST" if body else "GET", path, body, {**browser.headers, **form, **(headers or {})}
        )
        response = connection.getresponse()
        response.read()
        self.timings.append(Timing(page, time.monotonic() - began))
        for cookie in response.headers.get_all("Set-Cookie") or ():
            name, _, value = cookie.partition(";")[0].partition("=")
            browser.cookies[name] = value
        if response.status != status:
            raise HTTPException(f"{page}: {response.status}")
        return response.headers.get("Location", "")


def main() -> None:
    arguments = _arguments()
    provider = IdentityProvider("https://idp.example.net", KeyRing())
    with tempfile.TemporaryDirectory() as directory:
        metadata = Path(directory) / "metadata.xml"
        metadata.write_bytes(provider.metadata())
        # The sandbox's identity provider answers nobody beyond this machine.
        os.environ.update(SAML_IDP_METADATA=str(metadata), SITE_URL="http://localhost:8000")
        site = prepare()
        environment = {
            **site.environment,
            "SAML_IDP_METADATA": str(metadata),
            "SITE_URL": os.environ["SITE_URL"],
        }
        with (
            server("bench.bare:application", environment) as bare,
            server("portal.wsgi", environment) as portal,
        ):
            peer = measure(bare, "/", 4)
            profile = f"/profiles/{site.endpoint_id}/download"
            crowd = Crowd(port=portal.port, people=arguments.people, provider=provider, profile=profile)
            crowd.serve(arguments.connections)
            _report(crowd, arguments.people, peer.rate)


def _path(location: str) -> str:
    parts = urlsplit(location)
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def _report(crowd: Crowd, people: int, peer: float) -> None:
    rate = len(crowd.timings) / crowd.seconds
    print(
        f"{people} people served in {crowd.seconds:.0f} s (goal: 300), errors: {sum(crowd.errors.values())}"
    )
    for error, count in crowd.errors.most_common(5):
        print(f"  {count} x {error}")
    print(f"{rate:.0f} requests/s, {rate / peer:.2f} of a view that answers ok ({peer:.0f}/s)")
    print(f"{'':20}{'requests':>10}{'p50 ms':>10}{'p95 ms':>10}  (goal: p95 1000)")
    for page in dict.fromkeys(timing.page for timing in crowd.timings):
        seconds = [timing.seconds for timing in crowd.timings if timing.page == page]
        _print_row(page, seconds)
    _print_row("all", [timing.seconds for timing in crowd.timings])


def _print_row(name: str, seconds: list[float]) -> None:
    p95 = statistics.quantiles(seconds, n=20)[-1] if len(seconds) > 1 else seconds[0]
    print(f"{name:20}{len(seconds):10}{1000 * statistics.median(seconds):10.0f}{1000 * p95:10.0f}")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.bad_day", description="Everybody signs in at once."
    )
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--connections", type=int, default=50)
    return parser.parse_args()


if __name__ == "__main__":
    main()
