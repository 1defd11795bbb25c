"""Cases that are signed as they should be: what counts is what they say, about times and addresses."""

import secrets
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from lxml import etree

from sandbox.idp.case import Case, Group, Make, Verdict, Words, changed
from sandbox.idp.keys import SigningKey
from sandbox.idp.messages import NAMESPACES, ResponseSpec, build, identifier
from sandbox.idp.signatures import sign

SAML: Final = f"{{{NAMESPACES['saml']}}}"
# One for as long as the identity provider runs, so that it comes back with each answer to this case.
USED_AGAIN: Final = identifier()


def told(tell: Callable[[ResponseSpec], dict[str, Any]]) -> Make:
    """With these fields of the spec instead."""
    return changed(lambda spec: replace(spec, **tell(spec)))


def edited(edit: Callable[[etree._Element, ResponseSpec], None]) -> Make:
    """The assertion is edited before it is signed; the Response's own signature follows."""

    def make(spec: ResponseSpec, key: SigningKey) -> bytes:
        response = build(spec)
        assertion = response.find("saml:Assertion", NAMESPACES)
        if assertion is not None:
            edit(assertion, spec)
            sign(assertion, key)
        sign(response, key)
        return etree.tostring(response)

    return make


def _conditions(assertion: etree._Element) -> etree._Element:
    return next(assertion.iter(f"{SAML}Conditions"))


def _add_empty_restriction(assertion: etree._Element, _spec: ResponseSpec) -> None:
    restriction = next(assertion.iter(f"{SAML}AudienceRestriction"))
    for audience in list(restriction):
        restriction.remove(audience)


def _add_restriction_to_another(assertion: etree._Element, _spec: ResponseSpec) -> None:
    restriction = etree.SubElement(_conditions(assertion), f"{SAML}AudienceRestriction")
    etree.SubElement(restriction, f"{SAML}Audience").text = "https://another-service.example/metadata"


def _ended(spec: ResponseSpec, ago: timedelta) -> dict[str, Any]:
    """As from an identity provider that made it five minutes before its end."""
    then = spec.now - ago
    made = then - timedelta(minutes=5)
    return {"issue_instant": made, "not_before": made, "not_on_or_after": then, "subject_not_on_or_after": then}


def _slow_clock(spec: ResponseSpec) -> dict[str, Any]:
    """Its answers live for 30 seconds only, so this one has ended before it is made."""
    slow = spec.now - timedelta(seconds=60)
    end = slow + timedelta(seconds=30)
    return {"now": slow, "not_on_or_after": end, "subject_not_on_or_after": end}


GOOD: Final = (
    Case("good", Group.GOOD, Verdict.ACCEPT, Words("通常の応答", "A good response"), told(lambda _: {})),
    Case(
        "assertion-signed-only",
        Group.GOOD,
        Verdict.ACCEPT,
        Words("アサーションだけに署名", "Only the assertion is signed"),
        told(lambda _: {"sign_response": False}),
    ),
    Case(
        "clock-60s-behind",
        Group.GOOD,
        Verdict.ACCEPT,
        Words("IdPの時計が60秒遅れている（有効期間30秒）", "The clock is 60 seconds behind (valid for 30)"),
        told(_slow_clock),
    ),
    Case(
        "clock-60s-ahead",
        Group.GOOD,
        Verdict.ACCEPT,
        Words("IdPの時計が60秒進んでいる", "The clock is 60 seconds ahead"),
        told(lambda spec: {"now": spec.now + timedelta(seconds=60)}),
    ),
    Case(
        "two-audiences",
        Group.GOOD,
        Verdict.ACCEPT,
        Words("宛先サービスが2つで、片方が正しい", "Two audiences, of which one is the portal"),
        told(lambda spec: {"audiences": ("https://another-service.example/metadata", spec.audience)}),
    ),
)
TIME: Final = (
    Case(
        "expired-3-minutes",
        Group.TIME,
        Verdict.REFUSE,
        Words("3分前に期限切れ", "Expired 3 minutes ago"),
        told(lambda spec: _ended(spec, timedelta(minutes=3))),
    ),
    Case(
        "expired-1-day",
        Group.TIME,
        Verdict.REFUSE,
        Words("1日前に期限切れ", "Expired a day ago"),
        told(lambda spec: _ended(spec, timedelta(days=1))),
    ),
    Case(
        "conditions-expired",
        Group.TIME,
        Verdict.REFUSE,
        Words("Conditionsだけが3分前に期限切れ", "Only the Conditions expired, 3 minutes ago"),
        told(lambda spec: {**_ended(spec, timedelta(minutes=3)), "subject_not_on_or_after": spec.now}),
    ),
    Case(
        "subject-expired",
        Group.TIME,
        Verdict.REFUSE,
        Words("SubjectConfirmationだけが3分前に期限切れ", "Only the SubjectConfirmation expired, 3 minutes ago"),
        told(lambda spec: {"subject_not_on_or_after": spec.now - timedelta(minutes=3)}),
    ),
    Case(
        "subject-without-end",
        Group.TIME,
        Verdict.REFUSE,
        Words("SubjectConfirmationに期限がない", "The SubjectConfirmation has no end"),
        told(lambda _: {"subject_not_on_or_after": None}),
    ),
    Case(
        "not-yet-valid",
        Group.TIME,
        Verdict.REFUSE,
        Words("5分後から有効", "Valid from 5 minutes on"),
        told(lambda spec: {"not_before": spec.now + timedelta(minutes=5)}),
    ),
    Case(
        "session-over",
        Group.TIME,
        Verdict.REFUSE,
        Words("IdPのセッションが3分前に終了", "The session ended 3 minutes ago"),
        told(lambda spec: {"session_not_on_or_after": spec.now - timedelta(minutes=3)}),
    ),
)
ADDRESS: Final = (
    Case(
        "wrong-audience",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("別のサービス宛て（Audience）", "Another service's Audience"),
        told(lambda _: {"audiences": ("https://another-service.example/metadata",)}),
    ),
    Case(
        "no-audience",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("AudienceRestrictionがない", "No AudienceRestriction"),
        told(lambda _: {"audiences": ()}),
    ),
    Case(
        "empty-audience",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("AudienceRestrictionが空", "An empty AudienceRestriction"),
        edited(_add_empty_restriction),
    ),
    Case(
        "second-restriction",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("2つ目のAudienceRestrictionが別のサービス", "A second AudienceRestriction names another service"),
        edited(_add_restriction_to_another),
    ),
    Case(
        "wrong-recipient",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("Recipientが別のURL", "Another Recipient"),
        told(lambda _: {"recipient": "https://another-service.example/acs"}),
    ),
    Case(
        "no-recipient",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("Recipientがない", "No Recipient"),
        told(lambda _: {"recipient": None}),
    ),
    Case(
        "empty-recipient",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("Recipientが空", "An empty Recipient"),
        told(lambda _: {"recipient": ""}),
    ),
    Case(
        "recipient-contains-ours",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("RecipientがポータルのURLを含む別のURL", "A Recipient that merely contains the portal's URL"),
        told(lambda spec: {"recipient": f"https://another-service.example/?to={spec.acs_url}"}),
    ),
    Case(
        "wrong-destination",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("Destinationが別のURL", "Another Destination"),
        told(lambda _: {"destination": "https://another-service.example/acs"}),
    ),
    Case(
        "no-destination",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("Destinationがない", "No Destination"),
        told(lambda _: {"destination": None}),
    ),
    Case(
        "destination-with-path",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("Destinationの後ろにパスが続く", "A Destination with more path behind ours"),
        told(lambda spec: {"destination": f"{spec.acs_url}more/"}),
    ),
    Case(
        "destination-with-query",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("Destinationの後ろにクエリーが続く", "A Destination with a query behind ours"),
        told(lambda spec: {"destination": f"{spec.acs_url}?more=1"}),
    ),
    Case(
        "wrong-issuer",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("発行者（Issuer）が別のIdP", "Another identity provider as Issuer"),
        told(lambda _: {"issuer": "https://another-idp.example/metadata"}),
    ),
    Case(
        "wrong-assertion-issuer",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("アサーションのIssuerだけが別のIdP", "Another Issuer in the assertion only"),
        told(lambda _: {"assertion_issuer": "https://another-idp.example/metadata"}),
    ),
    Case(
        "empty-assertion-issuer",
        Group.ADDRESS,
        Verdict.REFUSE,
        Words("アサーションのIssuerが空", "An empty Issuer in the assertion"),
        told(lambda _: {"assertion_issuer": ""}),
    ),
)
REQUEST: Final = (
    Case(
        "unsolicited",
        Group.REQUEST,
        Verdict.REFUSE,
        Words("要求なしの応答（InResponseToがない）", "Unsolicited: no InResponseTo"),
        told(lambda _: {"in_response_to": None}),
    ),
    Case(
        "subject-names-no-request",
        Group.REQUEST,
        Verdict.REFUSE,
        Words("署名されたInResponseToがない", "No InResponseTo in the assertion"),
        told(lambda _: {"subject_in_response_to": None, "sign_response": False}),
    ),
    Case(
        "response-names-no-request",
        Group.REQUEST,
        Verdict.REFUSE,
        Words("ResponseのInResponseToがない", "No InResponseTo in the Response"),
        told(lambda spec: {"in_response_to": None, "subject_in_response_to": spec.in_response_to}),
    ),
    Case(
        "other-request",
        Group.REQUEST,
        Verdict.REFUSE,
        Words("ほかの人の要求への応答", "In response to somebody else's request"),
        told(lambda _: {"in_response_to": f"_{secrets.token_hex(16)}"}),
    ),
    Case(
        "subject-names-other-request",
        Group.REQUEST,
        Verdict.REFUSE,
        Words("アサーションだけがほかの要求への応答", "Only the assertion names another request"),
        told(lambda _: {"subject_in_response_to": f"_{secrets.token_hex(16)}", "sign_response": False}),
    ),
    Case(
        "replay",
        Group.REQUEST,
        Verdict.ONCE,
        Words("同じ応答を2回送る", "The same response twice"),
        told(lambda _: {}),
        times=2,
    ),
    Case(
        "assertion-id-again",
        Group.REQUEST,
        Verdict.ONCE,
        Words("毎回同じIDのアサーション", "An assertion id that is used again each time"),
        told(lambda _: {"assertion_id": USED_AGAIN}),
    ),
)
