"""`/help/`: for everybody. A pasted log is read in the request and kept nowhere."""

from typing import Any, Final

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from portal.access.decorators import requires
from portal.access.models import User
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from portal.access.sign_in.pages import too_many_requests
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.rates import is_over
from vpn.diagnosis.base.facts import person_facts
from vpn.diagnosis.diagnose import Diagnosis, diagnose
from vpn.guides.pages import GuideReader, guide_for
from vpn.guides.systems import System, detect_system
from vpn.help import codes
from vpn.help import doctor as doctors
from vpn.help.forms import LogForm, ShareForm
from vpn.help.problems import find_problems, read_log
from vpn.help.questions import QUESTIONS, START
from vpn.profiles.queries import list_profiles

# Of one address, which may be a whole office's on a bad day; a log of a million characters takes a second to read.
LOGS_A_MINUTE: Final = 30


@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
@vary_on_headers("User-Agent")
def help_page(request: HttpRequest) -> HttpResponse:
    """GET: the search and the questions. POST: a pasted log, whose answer is this page again."""
    if request.method == "POST" and is_over(
        "help-log", request_origin(request).address, per_minute=LOGS_A_MINUTE
    ):
        return too_many_requests(request)
    system = _system(request)
    user = _reader(request)
    signed_in = user is not None
    profiles = list_profiles(user) if user else []
    problems = guide_for(
        system, GuideReader(signed_in=signed_in, profiles=profiles), return_path="/help/"
    ).problems
    typed = request.GET.get("q", "")[:500]
    form = LogForm(request.POST if request.method == "POST" else None)
    step = request.GET.get("at", START)
    context: dict[str, Any] = {
        "system": system,
        "systems": list(System),
        "query": typed,
        "matches": find_problems(problems, typed),
        "problems": problems,
        "question": QUESTIONS.get(step) or QUESTIONS[START],
        "answers": QUESTIONS,
        "cure": next((problem for problem in problems if problem.anchor == step), None),
        "asked": step != START,
        "form": form,
        "share_form": ShareForm() if signed_in else None,
    }
    if form.is_bound and form.is_valid():
        context["signs"] = read_log(problems, form.cleaned_data["log"])
        context["log_read"] = True
    if user:
        context["own"] = _own(diagnose(person_facts(user.username)))
    return render(request, "vpn/help/page.html", context)


def _reader(request: HttpRequest) -> User | None:
    """Whoever is signed in and may have profiles; None for everybody else, who gets the same help without them."""
    user = request.user
    return user if user.is_authenticated and user.may(Permission.PROFILE_READ) else None


def _system(request: HttpRequest) -> System:
    chosen = request.GET.get("system", "")
    return System(chosen) if chosen in set(System) else detect_system(request.headers.get("User-Agent", ""))


def _own(diagnosis: Diagnosis) -> str:
    """What is known of the person's own trouble; empty: nothing. What an agent would promise isn't said here."""
    return diagnosis.cause.own if diagnosis.cause else ""


@login_not_required
@require_safe
def doctor(request: HttpRequest, name: str) -> HttpResponse:
    """The script as plain text: whoever wants to run it reads it first."""
    if name not in doctors.SCRIPTS:
        raise Http404
    user = _reader(request)
    profiles = list_profiles(user) if user else []
    # AWS writes the name with "*." before it, in place of which the client puts a label.
    hosts = [
        profile.endpoint.dns_name.removeprefix("*.") for profile in profiles if profile.endpoint.dns_name
    ]
    response = HttpResponse(doctors.script(name, hosts=hosts), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'inline; filename="{name}"'
    return response


@require_POST
@requires(Permission.PROFILE_READ)
def share(request: PortalRequest) -> HttpResponse:
    """Makes a support code for what the person has just seen and sent."""
    form = ShareForm(request.POST)
    if not form.is_valid():
        return render(request, "vpn/help/share.html", {"form": form}, status=400)
    facts = doctors.read_line(form.cleaned_data["doctor"])
    shared = {
        "doctor": facts,
        "note": form.cleaned_data["note"],
        "user_agent": request.headers.get("User-Agent", "")[:200],
        "address": str(request.client_address or ""),
    }
    code = codes.make_code(request.user, shared)
    record(
        Tag.SUPPORT_CODE_MADE, actor=request.user, address=request.client_address, reference=request.reference
    )
    context = {
        "code": code,
        "spoken": codes.spoken(code),
        "findings": doctors.findings(facts),
        "shared": shared,
    }
    return render(request, "vpn/help/share.html", context)
