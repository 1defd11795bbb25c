"""The catalogue of purpose-made cases: what an identity provider, or somebody who plays one, can send."""

from typing import Final

from sandbox.idp.cases import addresses, documents, good, people, requests, signatures, times, wrapping
from sandbox.idp.cases.case import Case, CaseGroup, Verdict

__all__ = ["BY_ID", "CASES", "Case", "CaseGroup", "Verdict"]

CASES: Final[tuple[Case, ...]] = (
    *good.CASES,
    *times.CASES,
    *addresses.CASES,
    *requests.CASES,
    *people.CASES,
    *signatures.CASES,
    *wrapping.CASES,
    *documents.CASES,
)
BY_ID: Final = {case.id: case for case in CASES}
