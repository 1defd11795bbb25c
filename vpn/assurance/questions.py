"""What no source of the portal's can tell, and an administrator states until a date."""

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_noop as _

from vpn.assurance.facts import Facts
from vpn.assurance.models import Requirement
from vpn.assurance.part import PartResult, fails, holds, unknown


@dataclass(frozen=True)
class AskedFact:
    """English msgids. ``text``: answered with yes or no, of which yes is what the requirement needs.

    ``yes`` and ``no``: the answer as a sentence; ``unanswered``: what isn't known without it.
    """

    requirement: Requirement
    text: str
    yes: str
    no: str
    unanswered: str


QUESTIONS: Final[dict[str, AskedFact]] = {
    "dns-servers": AskedFact(
        Requirement.OFFICE_INDEPENDENT,
        _("Do the DNS servers that connected computers use answer while the office network is down?"),
        _("DNS servers don't depend on the office"),
        _("DNS servers depend on the office"),
        _("Whether DNS answers while the office network is down"),
    ),
    "identity-provider": AskedFact(
        Requirement.OFFICE_INDEPENDENT,
        _("Can people sign in at the identity provider while the office network is down?"),
        _("The identity provider doesn't depend on the office"),
        _("The identity provider depends on the office"),
        _("Whether the identity provider works while the office network is down"),
    ),
    "mfa": AskedFact(
        Requirement.OFFICE_INDEPENDENT,
        _("Does the second factor (MFA) work away from the office, and while its network is down?"),
        _("The second factor doesn't depend on the office"),
        _("The second factor depends on the office"),
        _("Whether the second factor works while the office network is down"),
    ),
    "log-retention": AskedFact(
        Requirement.LOGGED,
        _("Are the log groups kept for as long as your rules require?"),
        _("Log groups are kept for as long as required"),
        _("Log groups are kept for too short a time"),
        _("How long CloudWatch Logs keeps the log groups"),
    ),
    "log-encryption": AskedFact(
        Requirement.LOGGED,
        _("Are the log groups encrypted as your rules require?"),
        _("Log groups are encrypted as required"),
        _("Log groups aren't encrypted as required"),
        _("Whether the log groups are encrypted as required"),
    ),
    "office-return-route": AskedFact(
        Requirement.OFFICE_REACHED,
        _("Do the VPC's route tables and the office's router have the routes there and back?"),
        _("Routes there and back are in place"),
        _("A route there or back is missing"),
        _("Whether the office's router and the VPC's route tables have the routes there and back"),
    ),
}


def stated(facts: Facts, question: str) -> PartResult:
    """What was answered, and until when it counts; UNKNOWN without an answer: the portal reads nothing of it."""
    asked, answer = QUESTIONS[question], facts.stated.get(question)
    if answer is None:
        return unknown(
            _("No source tells this, and no administrator has stated it: %(what_text)s."),
            what_text=asked.unanswered,
        )
    sentence = _("%(what_text)s, as an administrator has stated (until %(until_at)s).")
    until = answer.until.isoformat()
    if answer.holds:
        return holds(sentence, what_text=asked.yes, until_at=until)
    return fails(sentence, what_text=asked.no, until_at=until)
