"""Below `/status/`: what administrators state about the requirements."""

from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from vpn.assurance import statements
from vpn.assurance.forms import AcceptPartForm, AnswerForm
from vpn.assurance.models import PartAcceptance, PartStatus, StatedFact
from vpn.assurance.part_names import PART_NAMES
from vpn.assurance.questions import QUESTIONS
from vpn.assurance.sentences import fill_sentence

USUAL: Final = timedelta(days=90)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.REQUIREMENT_STATE)
def accept(request: PortalRequest, key: str) -> HttpResponse:
    """``?endpoint=``: at which endpoint, for a part of one."""
    part = get_object_or_404(
        PartStatus.objects.select_related("endpoint"),
        key=key,
        endpoint__endpoint_id=request.GET.get("endpoint") or None,
    )
    form = AcceptPartForm(request.POST if request.method == "POST" else None, initial=_usual_end())
    if form.is_valid():
        statements.accept(
            key=key,
            endpoint=part.endpoint,
            **form.cleaned_data,
            actor=request.user,
            origin=request_origin(request),
        )
        messages.success(request, _("It is accepted. The page shows it with the next evaluation."))
        return redirect("status")
    name = str(PART_NAMES[key])
    context = {
        "form": form,
        "title": _("Accept: %(part)s") % {"part": f"{part.endpoint} · {name}" if part.endpoint else name},
        "lead": fill_sentence(part.sentence, part.values),
        "submit": _("Accept until then"),
        "cancel_url": reverse("status"),
        "parents": _parents(),
    }
    return render(request, "vpn/assurance/form.html", context)


@require_POST
@requires(Permission.REQUIREMENT_STATE)
def withdraw(request: PortalRequest, pk: int) -> HttpResponse:
    acceptance = get_object_or_404(PartAcceptance.objects.select_related("endpoint"), pk=pk)
    statements.withdraw(acceptance, actor=request.user, origin=request_origin(request))
    messages.success(request, _("It isn't accepted any more."))
    return redirect("status")


@require_safe
@requires(Permission.REQUIREMENT_STATE)
def answers(request: PortalRequest) -> HttpResponse:
    """All questions, with what was answered and until when it counts."""
    stated = {row.question: row for row in StatedFact.objects.all()}
    now = timezone.now()
    rows = [
        {
            "key": key,
            "question": _(question.text),
            "answer": stated.get(key),
            "is_over": key in stated and stated[key].until <= now,
        }
        for key, question in QUESTIONS.items()
    ]
    return render(request, "vpn/assurance/answers.html", {"rows": rows, "parents": _parents()})


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.REQUIREMENT_STATE)
def answer(request: PortalRequest, question: str) -> HttpResponse:
    if question not in QUESTIONS:
        raise Http404
    form = AnswerForm(request.POST if request.method == "POST" else None, initial=_usual_end())
    if form.is_valid():
        statements.state_fact(
            question=question, **form.cleaned_data, actor=request.user, origin=request_origin(request)
        )
        messages.success(request, _("The answer is kept. The page shows it with the next evaluation."))
        return redirect("requirement_answers")
    context = {
        "form": form,
        "title": _(QUESTIONS[question].text),
        "lead": _("No source of the portal's tells this. Your answer counts until its end date."),
        "submit": _("Keep the answer"),
        "cancel_url": reverse("requirement_answers"),
        "parents": [*_parents(), {"label": _("What AWS can't tell"), "url": reverse("requirement_answers")}],
    }
    return render(request, "vpn/assurance/form.html", context)


def _usual_end() -> dict[str, object]:
    return {"until": timezone.localdate() + USUAL}


def _parents() -> list[dict[str, str]]:
    return [{"label": _("Status"), "url": reverse("status")}]


def accept_url(key: str, endpoint_id: str) -> str:
    query = f"?{urlencode({'endpoint': endpoint_id})}" if endpoint_id else ""
    return reverse("requirement_accept", args=[key]) + query
