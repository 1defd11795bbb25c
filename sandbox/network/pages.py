"""The sandbox's own pages: what this is, the choice of a network, and what to see while the portal starts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sandbox.aws.control import SandboxError
from sandbox.company import PEOPLE
from sandbox.network.choice import Choice
from sandbox.network.faults.breaking import Breaking
from sandbox.network.faults.catalogue import GROUPS, OFFERS
from sandbox.network.places import PLACES, place
from sandbox.network.requests import Asked
from sandbox.network.words import WORDS

HERE: Final = Path(__file__).parent
PORTAL_FILES: Final = HERE.parent.parent / "portal" / "static" / "portal"
CSS: Final = "text/css; charset=utf-8"
FILES: Final = {
    "/sandbox/tokens.css": (PORTAL_FILES / "tokens.css", CSS),
    "/sandbox/network.css": (HERE / "static" / "network.css", CSS),
    "/sandbox/favicon.svg": (PORTAL_FILES / "favicon.svg", "image/svg+xml"),
}
EVERYTHING: Final = "everything"
HTML: Final = "text/html; charset=utf-8"
POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)
SAFETY: Final = (
    ("Content-Security-Policy", POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Cache-Control", "no-store"),
)


@dataclass(frozen=True)
class Page:
    status: HTTPStatus
    body: bytes = b""
    kind: str = HTML
    more: tuple[tuple[str, str], ...] = field(default=())

    @property
    def headers(self) -> list[tuple[str, str]]:
        return [("Content-Type", self.kind), *SAFETY, *self.more]


class Pages:
    """``identity_provider`` and ``aws`` are where those two show what they are doing."""

    def __init__(self, choice: Choice, breaking: Breaking, *, aws: str, identity_provider: str) -> None:
        self._choice = choice
        self._breaking = breaking
        self._links = {"aws": aws, "identity_provider": identity_provider}
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )

    def answer(self, asked: Asked) -> Page:
        if asked.path in FILES:
            file, kind = FILES[asked.path]
            return Page(HTTPStatus.OK, file.read_bytes(), kind)
        routes: dict[tuple[str, str], Callable[[Asked], Page]] = {
            ("GET", "/sandbox/"): self._index,
            ("GET", "/sandbox/network/"): self._network,
            ("POST", "/sandbox/network/"): self._move,
            ("GET", "/sandbox/faults/"): self._faults,
            ("POST", "/sandbox/faults/"): self._break_or_mend,
        }
        method = "GET" if asked.method == "HEAD" else asked.method
        found = routes.get((method, asked.path))
        if found is None:
            return self._render(asked, "missing.html", status=HTTPStatus.NOT_FOUND)
        return found(asked)

    def unreachable(self, asked: Asked) -> Page:
        """The portal doesn't answer: it is starting, or it has stopped. Asks again by itself."""
        again = (("Refresh", "3"),) if asked.method == "GET" else ()
        return self._render(asked, "unreachable.html", status=HTTPStatus.BAD_GATEWAY, more=again)

    def plain(self, status: HTTPStatus, text: str) -> Page:
        return Page(status, f"{text}\n".encode(), "text/plain; charset=utf-8")

    def _index(self, asked: Asked) -> Page:
        return self._render(asked, "index.html")

    def _network(self, asked: Asked, *, problem: str = "", status: HTTPStatus = HTTPStatus.OK) -> Page:
        return self._render(asked, "network.html", status=status, problem=problem)

    def _move(self, asked: Asked) -> Page:
        chosen = place(asked.form.get("place", ""))
        person = next((one for one in PEOPLE if one.email == asked.form.get("person")), None)
        if not asked.same_site or chosen is None or person is None:
            problem = WORDS[asked.language]["bad_choice"]
            return self._network(asked, problem=problem, status=HTTPStatus.BAD_REQUEST)
        try:
            self._choice.move(chosen, person)
        except (SandboxError, OSError) as error:
            problem = WORDS[asked.language]["no_connection"].format(reason=error)
            return self._network(asked, problem=problem, status=HTTPStatus.BAD_GATEWAY)
        return Page(HTTPStatus.SEE_OTHER, more=(("Location", "/sandbox/network/"),))

    def _faults(self, asked: Asked, *, problem: str = "", status: HTTPStatus = HTTPStatus.OK) -> Page:
        try:
            broken = self._breaking.broken()
        except (SandboxError, OSError) as error:
            broken = []
            problem = problem or WORDS[asked.language]["cannot_ask"].format(reason=error)
        return self._render(
            asked,
            "faults.html",
            status=status,
            problem=problem,
            groups=GROUPS,
            broken=broken,
            broken_offers=[one.offer for one in broken],
        )

    def _break_or_mend(self, asked: Asked) -> Page:
        offer, key = asked.form.get("break", ""), asked.form.get("mend", "")
        if not asked.same_site or not (offer in OFFERS or key):
            problem = WORDS[asked.language]["bad_choice"]
            return self._faults(asked, problem=problem, status=HTTPStatus.BAD_REQUEST)
        try:
            if offer:
                self._breaking.cause(offer)
            elif key == EVERYTHING:
                self._breaking.mend_everything()
            else:
                self._breaking.mend(key)
        except (SandboxError, OSError) as error:
            problem = WORDS[asked.language]["not_done"].format(reason=error)
            return self._faults(asked, problem=problem, status=HTTPStatus.BAD_GATEWAY)
        return Page(HTTPStatus.SEE_OTHER, more=(("Location", "/sandbox/faults/"),))

    def _render(
        self,
        asked: Asked,
        template: str,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        more: tuple[tuple[str, str], ...] = (),
        **values: Any,
    ) -> Page:
        text = self._templates.get_template(template).render(
            lang=asked.language,
            theme=asked.theme,
            path=asked.path,
            words=WORDS[asked.language],
            links=self._links,
            here=self._choice.now(),
            places=PLACES,
            people=PEOPLE,
            **values,
        )
        return Page(status, text.encode(), more=more)
