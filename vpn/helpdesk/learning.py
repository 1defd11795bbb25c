"""What the diagnosis is worth: what it said of each call, and what the call turned out to be."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django import forms
from django.utils import timezone
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.forms import PortalForm
from vpn.connection_summary.ranges import midnight
from vpn.diagnosis.base.facts import PersonFacts
from vpn.diagnosis.causes import CauseId
from vpn.diagnosis.diagnose import Diagnosis
from vpn.endpoints.models import Endpoint
from vpn.helpdesk.models import CallAnswer, DiagnosedCall

SALT: Final = "vpn.helpdesk.learning"
KEPT: Final = timedelta(days=400)
# Once is a mistake of the moment; three times is the rule's.
OFTEN_WRONG: Final = 3


class CallAnswerForm(PortalForm):
    """``actual`` empty: what was said was right."""

    answer = forms.ChoiceField(choices=CallAnswer.choices)
    actual = forms.ChoiceField(
        label=gettext_lazy("It was something else"),
        choices=[("", gettext_lazy("Something that isn't in this list")), *CauseId.choices],
        required=False,
    )
    note = forms.CharField(label=gettext_lazy("In your own words"), max_length=200, required=False)


def call_key(agent: str, username: str, opened_at: str) -> str:
    """The same for as long as the page is open; nobody can tell from it who called whom."""
    return salted_hmac(SALT, f"{agent}\n{username}\n{opened_at}", algorithm="sha256").hexdigest()


def note_call(key: str, facts: PersonFacts, diagnosis: Diagnosis) -> DiagnosedCall:
    """The first diagnosis counts: what it says after the cure isn't what helped.

    Unless the person has said meanwhile what they see: then the agent answers for what that led to.
    """
    client = facts.clients[0].attempt.client_version if facts.clients else ""
    cause = diagnosis.cause.id if diagnosis.cause else ""
    call, _created = DiagnosedCall.objects.get_or_create(
        key=key,
        defaults={
            "at": timezone.now(),
            "cause": cause,
            "endpoint_id": facts.endpoint.endpoint_id if facts.endpoint else "",
            "client_version": client[:40],
        },
    )
    # Not of a call that is answered: the answer was for what stood there.
    is_said = bool(facts.told.symptoms) and bool(cause) and cause != call.cause
    if is_said and DiagnosedCall.objects.filter(pk=call.pk, answer="").update(cause=cause):
        call.cause = cause
    return call


def answer_call(key: str, form: CallAnswerForm) -> bool:
    """False: there is no such call, because the page was never shown."""
    answer = form.cleaned_data["answer"]
    is_other = answer == CallAnswer.OTHER
    return bool(
        DiagnosedCall.objects.filter(key=key).update(
            answer=answer,
            actual=form.cleaned_data["actual"] if is_other else "",
            note=form.cleaned_data["note"] if is_other else "",
        )
    )


def delete_old_calls() -> int:
    return DiagnosedCall.objects.filter(at__lt=timezone.now() - KEPT).delete()[0]


@dataclass(frozen=True)
class CallCounts:
    """``label``: a cause, an endpoint or a version; ``instead``: what it was most often where it was wrong."""

    label: str
    calls: int
    right: int
    other: int
    unknown: int
    instead: str = ""

    @property
    def unanswered(self) -> int:
        return self.calls - self.right - self.other


@dataclass(frozen=True)
class MonthOfCalls:
    """``silent``: causes that no call had in all that is kept; ``wrong``: those that were wrong OFTEN_WRONG times."""

    first: date
    calls: int
    by_cause: list[CallCounts]
    by_endpoint: list[CallCounts]
    by_version: list[CallCounts]
    silent: list[str]
    wrong: list[CallCounts]


def month_of_calls(first: date) -> MonthOfCalls:
    """``first``: the month's first day, in the time zone of the pages."""
    begin, end = midnight(first), midnight((first + timedelta(days=32)).replace(day=1))
    calls = list(DiagnosedCall.objects.filter(at__gte=begin, at__lt=end))
    labels = dict(Endpoint.objects.values_list("endpoint_id", "label"))
    kept = list(DiagnosedCall.objects.all())
    named = {call.cause for call in kept}
    # Nothing diagnoses this one: it is only an answer.
    silent = [str(cause.label) for cause in CauseId if cause not in named | {CauseId.ELSEWHERE}]
    return MonthOfCalls(
        first,
        len(calls),
        _counted((cause_label(call.cause), call) for call in calls),
        _counted((labels.get(call.endpoint_id, call.endpoint_id) or _("Unknown"), call) for call in calls),
        _counted((call.client_version or _("Unknown"), call) for call in calls),
        silent,
        [
            row
            for row in _counted((cause_label(call.cause), call) for call in kept if call.cause)
            if row.other >= OFTEN_WRONG
        ],
    )


def cause_label(cause: str) -> str:
    """A cause that no rule names any more stays as it was stored."""
    if not cause:
        return _("No cause found")
    return str(CauseId(cause).label) if cause in set(CauseId) else cause


def _counted(calls: Iterable[tuple[str, DiagnosedCall]]) -> list[CallCounts]:
    """The most first."""
    groups: dict[str, list[DiagnosedCall]] = {}
    for label, call in calls:
        groups.setdefault(label, []).append(call)
    rows = [_row(label, group) for label, group in groups.items()]
    return sorted(rows, key=lambda row: (-row.calls, row.label))


def _row(label: str, calls: list[DiagnosedCall]) -> CallCounts:
    others = [call for call in calls if call.answer == CallAnswer.OTHER]
    instead = Counter(call.actual for call in others if call.actual).most_common(1)
    return CallCounts(
        label,
        len(calls),
        sum(call.answer == CallAnswer.RIGHT for call in calls),
        len(others),
        sum(not call.cause for call in calls),
        cause_label(instead[0][0]) if instead else "",
    )
