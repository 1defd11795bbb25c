"""What one of the sandbox's people may call the helpdesk about: AWS's side of it, as if it had just happened.

What the portal itself decides (a block, a profile) is done in the portal; what is broken for everybody is among the
faults.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Final

from sandbox.aws.control import Control
from sandbox.aws.seed_vpn import seeded_endpoint_id
from sandbox.bilingual import BilingualText
from sandbox.company import HOME_ADDRESS, OSAKA, PEOPLE, TOKYO, EndpointSeed, Person
from sandbox.traffic.devices import HEALTHY_SCORE, KNOWN_CLIENTS, NEWEST_CLIENT, device_tokens

# More than the three from which on the portal speaks of an outage
OTHERS: Final = 5
UNEXPLAINED: Final = "sandbox-saml-assertion-invalid"


@dataclass(frozen=True)
class PersonState:
    """``name`` as the person would tell it. ``happen`` raises SandboxError where AWS refuses it."""

    id: str
    name: BilingualText
    happen: Callable[["Caller"], None]


class Caller:
    """One person at home, and what they do."""

    def __init__(self, control: Control, person: Person) -> None:
        self._control = control
        self._person = person

    def leave(self) -> None:
        """What is connected would hide what comes next."""
        for connection in self._control.connections():
            if connection["username"] == self._person.email and connection["status"] == "active":
                self._control.disconnect(connection["id"])

    def connect(self, endpoint: EndpointSeed) -> None:
        self._control.connect(
            **_where(endpoint),
            username=self._person.email,
            device_ip=HOME_ADDRESS,
            device_type="win",
            groups=[group.id for group in self._person.groups],
            client_version=KNOWN_CLIENTS.get(self._person.email, NEWEST_CLIENT),
            tokens=device_tokens("win", HEALTHY_SCORE),
        )

    def fail(self, reason: str, *, name: str = "") -> None:
        self._control.attempt(
            **_where(TOKYO),
            username=name or self._person.email,
            device_ip=HOME_ADDRESS,
            device_type="win",
            failure_reason=reason,
        )

    def wait(self) -> None:
        """Until the browser has brought the assertion, AWS has an address and no name."""
        self._control.attempt(**_where(TOKYO), device_ip=HOME_ADDRESS, device_type="win")

    def fail_with_cut_name(self) -> None:
        self.fail("client-connect-failed", name=self._person.email[:-4])

    def others_fail(self, reason: str) -> None:
        for number, person in enumerate(self._others()):
            self._control.attempt(
                **_where(TOKYO),
                username=person.email if reason else "",
                device_ip=f"203.0.113.{200 + number}",
                device_type="win",
                failure_reason=reason,
            )

    def _others(self) -> Iterable[Person]:
        return [person for person in PEOPLE if person != self._person][:OTHERS]


def _where(endpoint: EndpointSeed) -> dict[str, Any]:
    return {
        "account": endpoint.account,
        "region": endpoint.region,
        "endpoint_id": seeded_endpoint_id(endpoint),
    }


def _outage(caller: Caller) -> None:
    caller.others_fail("client-connect-handler-timed-out")
    caller.fail("client-connect-handler-timed-out")


def _sign_in_down(caller: Caller) -> None:
    caller.others_fail("")
    caller.wait()


def _ended(caller: Caller) -> None:
    caller.connect(TOKYO)
    caller.leave()


STATES: Final = {
    state.id: state
    for state in (
        PersonState(
            "connected",
            BilingualText("tokyo-mainに接続している", "Connected to tokyo-main"),
            lambda caller: caller.connect(TOKYO),
        ),
        PersonState(
            "split",
            BilingualText("osaka-dr（分割トンネル）に接続している", "Connected to osaka-dr (split tunnel)"),
            lambda caller: caller.connect(OSAKA),
        ),
        PersonState("ended", BilingualText("接続が切れた", "The connection has ended"), _ended),
        PersonState("away", BilingualText("何もしていない", "Hasn't tried anything"), lambda _caller: None),
        PersonState(
            "waiting",
            BilingualText(
                "ブラウザーでのログインが終わらない（2分後から診断に出る）",
                "The sign-in in the browser doesn't end (diagnosed after two minutes)",
            ),
            lambda caller: caller.wait(),
        ),
        PersonState(
            "unexplained",
            BilingualText("AWSが理由を説明せずに拒否した", "AWS refused it for a reason it doesn't explain"),
            lambda caller: caller.fail(UNEXPLAINED),
        ),
        PersonState(
            "handler-refused",
            BilingualText("接続ハンドラーに拒否された", "The connect handler refused it"),
            lambda caller: caller.fail("client-connect-failed"),
        ),
        PersonState(
            "handler-fails",
            BilingualText("接続ハンドラーが応答しない", "The connect handler doesn't answer"),
            lambda caller: caller.fail("client-connect-handler-timed-out"),
        ),
        PersonState(
            "policy-refused",
            BilingualText("認可ポリシーに拒否された", "The authorization policy refused it"),
            lambda caller: caller.fail("authorization-policy-deny"),
        ),
        PersonState(
            "name-cut",
            BilingualText("ユーザー名が途中で切れて届いた", "The name arrived cut off"),
            lambda caller: caller.fail_with_cut_name(),
        ),
        PersonState(
            "outage",
            BilingualText(
                "ほかの5人も同じ失敗をした（誰かが接続できれば障害ではなくなる）",
                "Five others have failed the same way (no outage any more once somebody connects)",
            ),
            _outage,
        ),
        PersonState(
            "sign-in-down",
            BilingualText(
                "誰もログインを終えられない（2分後から診断に出る）",
                "Nobody can finish signing in (diagnosed after two minutes)",
            ),
            _sign_in_down,
        ),
    )
}


def put_into(state: PersonState, person: Person, control: Control) -> None:
    """Raises SandboxError or OSError."""
    caller = Caller(control, person)
    caller.leave()
    state.happen(caller)
