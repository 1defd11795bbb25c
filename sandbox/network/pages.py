"""The sandbox's own pages: what this is, the choice of a network, and what to see while the portal starts."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from sandbox.aws.control import Control, SandboxError
from sandbox.company import PEOPLE
from sandbox.network.browser_location import BrowserLocation
from sandbox.network.faults.catalogue import GROUPS, OFFERS
from sandbox.network.faults.fault_switch import FaultSwitch
from sandbox.network.person_states import STATES, put_into
from sandbox.network.places import PLACES, find_place
from sandbox.network.requests import PageRequest
from sandbox.network.texts import WORDS

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
# No scripts at all: the sandbox's pages are forms and links.
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

    def __init__(
        self, location: BrowserLocation, fault_switch: FaultSwitch, *, aws: str, identity_provider: str
    ) -> None:
        self._location = location
        self._fault_switch = fault_switch
        self._control = Control(aws)
        self._links = {"aws": aws, "identity_provider": identity_provider}
        self._templates = Environment(
            loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined
        )

    def answer(self, request: PageRequest) -> Page:
        if request.path in FILES:
            file, kind = FILES[request.path]
            return Page(HTTPStatus.OK, file.read_bytes(), kind)
        routes: dict[tuple[str, str], Callable[[PageRequest], Page]] = {
            ("GET", "/sandbox/"): self._index,
            ("GET", "/sandbox/network/"): self._network,
            ("POST", "/sandbox/network/"): self._move,
            ("GET", "/sandbox/faults/"): self._faults,
            ("POST", "/sandbox/faults/"): self._break_or_mend,
        }
        method = "GET" if request.method == "HEAD" else request.method
        handler = routes.get((method, request.path))
        if handler is None:
            return self._render(request, "missing.html", status=HTTPStatus.NOT_FOUND)
        return handler(request)

    def unreachable(self, request: PageRequest) -> Page:
        """The portal doesn't answer: it is starting, or it has stopped. Asks again by itself."""
        # Not after a POST: the refresh would lose the form without a word.
        again = (("Refresh", "3"),) if request.method == "GET" else ()
        return self._render(request, "unreachable.html", status=HTTPStatus.BAD_GATEWAY, more=again)

    def plain(self, status: HTTPStatus, text: str) -> Page:
        return Page(status, f"{text}\n".encode(), "text/plain; charset=utf-8")

    def _index(self, request: PageRequest) -> Page:
        return self._render(request, "index.html")

    def _network(
        self, request: PageRequest, *, problem: str = "", status: HTTPStatus = HTTPStatus.OK
    ) -> Page:
        return self._render(request, "network.html", status=status, problem=problem)

    def _move(self, request: PageRequest) -> Page:
        chosen = find_place(request.form.get("place", ""))
        person = next(
            (candidate for candidate in PEOPLE if candidate.email == request.form.get("person")), None
        )
        if not request.same_site or chosen is None or person is None:
            problem = WORDS[request.language]["bad_choice"]
            return self._network(request, problem=problem, status=HTTPStatus.BAD_REQUEST)
        try:
            self._location.move(chosen, person, device_type=request.device_type)
        except (SandboxError, OSError) as error:
            problem = WORDS[request.language]["no_connection"].format(reason=error)
            return self._network(request, problem=problem, status=HTTPStatus.BAD_GATEWAY)
        return Page(HTTPStatus.SEE_OTHER, more=(("Location", "/sandbox/network/"),))

    def _faults(self, request: PageRequest, *, problem: str = "", status: HTTPStatus = HTTPStatus.OK) -> Page:
        try:
            broken = self._fault_switch.broken()
        except (SandboxError, OSError) as error:
            broken = []
            problem = problem or WORDS[request.language]["cannot_ask"].format(reason=error)
        return self._render(
            request,
            "faults.html",
            status=status,
            problem=problem,
            groups=GROUPS,
            broken=broken,
            states=STATES.values(),
            broken_offers=[fault.offer for fault in broken],
        )

    def _break_or_mend(self, request: PageRequest) -> Page:
        offer, key = request.form.get("break", ""), request.form.get("mend", "")
        if "state" in request.form:
            return self._put_person_into(request)
        if not request.same_site or not (offer in OFFERS or key):
            problem = WORDS[request.language]["bad_choice"]
            return self._faults(request, problem=problem, status=HTTPStatus.BAD_REQUEST)
        try:
            if offer:
                self._fault_switch.cause(offer)
            elif key == EVERYTHING:
                self._fault_switch.mend_everything()
            else:
                self._fault_switch.mend(key)
        except (SandboxError, OSError) as error:
            problem = WORDS[request.language]["not_done"].format(reason=error)
            return self._faults(request, problem=problem, status=HTTPStatus.BAD_GATEWAY)
        return Page(HTTPStatus.SEE_OTHER, more=(("Location", "/sandbox/faults/"),))

    def _put_person_into(self, request: PageRequest) -> Page:
        state = STATES.get(request.form["state"])
        person = next((known for known in PEOPLE if known.email == request.form.get("person")), None)
        if not request.same_site or state is None or person is None:
            problem = WORDS[request.language]["bad_choice"]
            return self._faults(request, problem=problem, status=HTTPStatus.BAD_REQUEST)
        try:
            put_into(state, person, self._control)
        except (SandboxError, OSError) as error:
            problem = WORDS[request.language]["not_done"].format(reason=error)
            return self._faults(request, problem=problem, status=HTTPStatus.BAD_GATEWAY)
        return Page(HTTPStatus.SEE_OTHER, more=(("Location", "/sandbox/faults/#person"),))

    def _render(
        self,
        request: PageRequest,
        template: str,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        more: tuple[tuple[str, str], ...] = (),
        **values: Any,
    ) -> Page:
        text = self._templates.get_template(template).render(
            lang=request.language,
            theme=request.theme,
            path=request.path,
            words=WORDS[request.language],
            links=self._links,
            here=self._location.now(),
            places=PLACES,
            people=PEOPLE,
            **values,
        )
        return Page(status, text.encode(), more=more)
