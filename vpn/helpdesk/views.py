"""The helpdesk's pages. Nothing here asks AWS, and nothing of a person is shown before it was opened with a reason."""

from typing import Any, Final

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.audit.tags import Tag
from portal.rates import is_over, seconds_left
from vpn.diagnosis.base.facts import PersonFacts, person_facts
from vpn.diagnosis.base.symptoms import Told, told
from vpn.diagnosis.diagnose import diagnose
from vpn.directory.queries import group_names
from vpn.help import doctor
from vpn.help.codes import open_code
from vpn.helpdesk import pages
from vpn.helpdesk.ending import endable_connections
from vpn.helpdesk.forms import SymptomForm
from vpn.helpdesk.guide_mail import can_send_guide
from vpn.helpdesk.learning import CallAnswerForm, note_call
from vpn.helpdesk.opening import OpeningForm, call_of, is_open, next_opening, open_person, opened_too_many
from vpn.helpdesk.people import known_person, person_name
from vpn.helpdesk.recent_changes import recent_changes
from vpn.helpdesk.search import HelpdeskSearch, search
from vpn.helpdesk.seen_names import counted
from vpn.helpdesk.story import story
from vpn.helpdesk.watches import find_watchable, is_watching, own_watches
from vpn.reachability.forms import DestinationForm
from vpn.reachability.questions import answer
from vpn.reachability.texts import ReachTexts, answer_texts, no_endpoint_texts

# What the newest code opened, for as long as its page is
SHARED_KEY: Final = "helpdesk-shared"
# Nobody mistypes more often; a script that guesses would.
CODES_A_MINUTE: Final = 10
# Typing asks three times a second; a script that reads the whole directory this way asks for more.
SEARCHES_A_MINUTE: Final = 180


@require_safe
@requires(Permission.HELPDESK_USE)
def find(request: PortalRequest) -> HttpResponse:
    """The search box, and who was found. Names only: nobody's data is shown."""
    query = request.GET.get("q", "")[:200]
    context = {"query": query, "result": _search(request, query), "watches": own_watches(request.user)}
    return render(request, "vpn/helpdesk/find.html", context)


@require_safe
@requires(Permission.HELPDESK_USE)
def results(request: PortalRequest) -> HttpResponse:
    """Who was found, as a fragment, while somebody types."""
    if is_over("helpdesk", request.user.username, per_minute=SEARCHES_A_MINUTE):
        return HttpResponse(status=429, headers={"Retry-After": str(seconds_left())})
    query = request.GET.get("q", "")[:200]
    result = counted(request, search(query))
    return render(request, "vpn/helpdesk/_results.html", {"query": query, "result": result})


def _search(request: PortalRequest, query: str) -> HelpdeskSearch:
    if query and is_over("helpdesk", request.user.username, per_minute=SEARCHES_A_MINUTE):
        return HelpdeskSearch(too_many=True)
    return counted(request, search(query))


@require_POST
@requires(Permission.HELPDESK_USE)
def code(request: PortalRequest) -> HttpResponse:
    """Uses up a support code, and opens the page of whoever made it together with what was shared by it."""
    typed = request.POST.get("code", "")[:20]
    if is_over("helpdesk-code", request.user.username, per_minute=CODES_A_MINUTE):
        return HttpResponse(status=429, headers={"Retry-After": str(seconds_left())})
    with next_opening(request.user) as is_allowed:
        # Not used up by an agent who may not open anybody any more
        support_code = open_code(typed, agent=request.user) if is_allowed else None
        if support_code is not None:
            username = support_code.user.username
            open_person(request, username, reason=_("Support code"), tag=Tag.SUPPORT_CODE_OPENED)
    if not is_allowed:
        return render(request, "vpn/helpdesk/too_many.html", {"parents": _parents()}, status=429)
    if support_code is None:
        return render(request, "vpn/helpdesk/code.html", {"parents": _parents()}, status=404)
    request.session[SHARED_KEY] = {"username": username, **support_code.shared}
    return redirect("helpdesk_person", username)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.HELPDESK_USE)
def person(request: PortalRequest, username: str) -> HttpResponse:
    """Asks for a reason first; with one, the page is open for an hour."""
    username, account = known_person(username)
    if not is_open(request, username):
        return _opening(request, username)
    if request.method == "POST":
        return redirect("helpdesk_person", username)
    facts = person_facts(username, _told(request, username))
    return render(
        request, "vpn/helpdesk/person.html", _context(request, facts, person_name(account, username))
    )


def _told(request: PortalRequest, username: str) -> Told:
    """What the person says on the telephone, and what the person shared by a code."""
    shared = _shared_by_code(request, username)
    return told(
        symptom=request.GET.get("sees", ""),
        note=shared.get("note", ""),
        doctor=shared.get("doctor", {}),
        at=timezone.now(),
    )


def _opening(request: PortalRequest, username: str) -> HttpResponse:
    """By the user name that was asked for: what the person is called, the agent's searches count."""
    form = OpeningForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"username": username, "form": form, "parents": _parents()}
    if opened_too_many(request.user):
        return render(request, "vpn/helpdesk/too_many.html", context, status=429)
    if form.is_bound and form.is_valid():
        with next_opening(request.user) as is_allowed:
            if is_allowed:
                open_person(request, username, reason=form.cleaned_data["reason"])
        return redirect("helpdesk_person", username)
    return render(request, "vpn/helpdesk/open.html", context)


def _context(request: PortalRequest, facts: PersonFacts, name: str) -> dict[str, Any]:
    diagnosis = diagnose(facts)
    cause, key = diagnosis.cause, call_of(request, facts.username)
    badge = pages.presence_badge(facts)
    layers = pages.shown_layers(diagnosis)
    reach_form = DestinationForm(request.GET if "to" in request.GET else None)
    return {
        "parents": _parents(),
        "name": name,
        "username": facts.username,
        "badge": badge,
        "headline": pages.headline(facts),
        "cause": cause,
        "evidence": next((layer.result.evidence for layer in layers if layer.result.cause), ()),
        "phone_texts": pages.phone_texts(cause) if cause else (),
        "operation_url": pages.operation_url(cause)
        if cause and request.user.may(Permission.OPERATION_REQUEST)
        else "",
        "questions": diagnosis.questions,
        "nothing_wrong": diagnosis.nothing_wrong,
        "call": note_call(key, facts, diagnosis) if key else None,
        "answer_form": CallAnswerForm(),
        "symptoms": SymptomForm({"sees": request.GET.get("sees", "")}),
        "layers": layers,
        "now": pages.now_facts(facts),
        "changes": recent_changes(facts),
        "shared": _shared(request, facts.username),
        "events": story(facts),
        "endable": endable_connections(facts.username)
        if request.user.may(Permission.HELPDESK_END_CONNECTION)
        else (),
        "ticket": pages.ticket_text(facts, diagnosis, name),
        "reach_form": reach_form,
        "reach": _reach(reach_form, facts),
        "can_send_guide": can_send_guide(facts.user, facts.username),
        "can_watch": find_watchable(facts, diagnosis) is not None,
        "is_watching": is_watching(request.user, facts.username),
        "guide_url": request.build_absolute_uri(reverse("guides")),
    }


def _reach(form: DestinationForm, facts: PersonFacts) -> ReachTexts | None:
    """Why the person can't reach what was typed; None: nothing was, or nothing that could be asked about."""
    if not form.is_bound or not form.is_valid():
        return None
    answered = answer(facts, form.cleaned_data["to"])
    return answer_texts(answered, group_names()) if answered else no_endpoint_texts()


def _shared(request: PortalRequest, username: str) -> list[str]:
    """What the person shared by the code that opened this page, a line each."""
    shared = _shared_by_code(request, username)
    if not shared:
        return []
    lines = [
        shared.get("note", ""),
        *doctor.findings(shared.get("doctor", {})),
        *(f"{name}: {value}" for name, value in shared.get("doctor", {}).items()),
        _("Address: %(address)s") % {"address": shared.get("address", "")},
        _("Browser: %(agent)s") % {"agent": shared.get("user_agent", "")},
    ]
    return [line for line in lines if line]


def _shared_by_code(request: PortalRequest, username: str) -> dict[str, Any]:
    shared: dict[str, Any] = request.session.get(SHARED_KEY, {})
    return shared if shared.get("username") == username else {}


def _parents() -> list[dict[str, str]]:
    return [{"label": _("Helpdesk"), "url": reverse("helpdesk")}]
