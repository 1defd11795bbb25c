"""Answers to no question, to somebody else's, or to one that was answered before."""

from typing import Any, Final

from sandbox.bilingual import BilingualText
from sandbox.idp.cases.case import Case, CaseGroup, Verdict, changed_fields
from sandbox.idp.messages import identifier

# The same for as long as this process runs, so that it comes back with each answer to its case.
USED_AGAIN: Final = identifier()


def _case(name: str, ja: str, en: str, make: Any, verdict: Verdict = Verdict.REFUSE, times: int = 1) -> Case:
    return Case(name, CaseGroup.REQUEST, verdict, BilingualText(ja, en), make, times)


CASES: Final = (
    _case(
        "unsolicited",
        "要求していない応答（InResponseToがない）",
        "Unsolicited: no InResponseTo at all",
        changed_fields(lambda _: {"in_response_to": None}),
    ),
    _case(
        "assertion-names-no-request",
        "アサーションにInResponseToがない",
        "No InResponseTo in the assertion",
        changed_fields(lambda _: {"subject_in_response_to": None, "sign_response": False}),
    ),
    _case(
        "response-names-no-request",
        "ResponseにInResponseToがない",
        "No InResponseTo in the Response",
        changed_fields(lambda spec: {"in_response_to": None, "subject_in_response_to": spec.in_response_to}),
    ),
    _case(
        "other-request",
        "ほかの人の要求への応答",
        "In response to somebody else's request",
        changed_fields(lambda _: {"in_response_to": identifier()}),
    ),
    _case(
        "assertion-names-other-request",
        "アサーションだけがほかの人の要求への応答",
        "Only the assertion names somebody else's request",
        changed_fields(lambda _: {"subject_in_response_to": identifier(), "sign_response": False}),
    ),
    _case(
        "replay",
        "同じ応答を2回送信",
        "The same response twice",
        changed_fields(lambda _: {}),
        Verdict.ONCE,
        times=2,
    ),
    _case(
        "assertion-id-again",
        "使用済みのアサーションIDで新しく署名",
        "An assertion id that was used before, signed anew",
        changed_fields(lambda _: {"assertion_id": USED_AGAIN}),
        Verdict.ONCE,
    ),
)
