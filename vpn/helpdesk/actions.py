"""What an agent may do for the person whose page is open. Nothing else is the helpdesk's to do."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from vpn.diagnosis.base.facts import person_facts
from vpn.diagnosis.diagnose import diagnose
from vpn.helpdesk import guide_mail, watches
from vpn.helpdesk.ending import ConnectionHasEnded, EndConnectionForm, request_ending
from vpn.helpdesk.opening import is_open
from vpn.helpdesk.people import known_person, person_name
from vpn.operations.refusals import EndpointBusy, OperationRefused
from vpn.operations.requests.refusal_texts import refusal_text
from vpn.operations.states import OperationStatus


@require_POST
@requires(Permission.HELPDESK_END_CONNECTION)
def end_connection(request: PortalRequest, username: str) -> HttpResponse:
    """Ends one connection of the person, for a reason that is recorded."""
    username, _account = known_person(username)
    # Without an open page nobody has said why they look at this person; it asks for that.
    if is_open(request, username):
        _end(request, username, EndConnectionForm(request.POST))
    return redirect("helpdesk_person", username)


@require_POST
@requires(Permission.HELPDESK_USE)
def send_guide(request: PortalRequest, username: str) -> HttpResponse:
    username, account = known_person(username)
    if is_open(request, username):
        sent = guide_mail.send_guide(username, account, agent=request.user, origin=request_origin(request))
        if sent:
            messages.success(request, _("The guide's link is on its way by e-mail."))
        else:
            messages.info(request, _("It wasn't sent: it was sent within this hour, or there is no address."))
    return redirect("helpdesk_person", username)


@require_POST
@requires(Permission.HELPDESK_USE)
def watch(request: PortalRequest, username: str) -> HttpResponse:
    """Has the agent told, once, when the person's trouble is over."""
    username, account = known_person(username)
    if is_open(request, username):
        facts = person_facts(username)
        diagnosis = watches.find_watchable(facts, diagnose(facts))
        if diagnosis is None:
            # The trouble has ended since the page was shown.
            messages.info(request, _("The portal sees nothing that it could wait for."))
        else:
            name = person_name(account, username)
            watches.start_watch(
                facts, diagnosis, name=name, agent=request.user, origin=request_origin(request)
            )
            messages.success(request, _("If it is over within 24 hours, you will be told, once."))
    return redirect("helpdesk_person", username)


def _end(request: PortalRequest, username: str, form: EndConnectionForm) -> None:
    if not form.is_valid():
        messages.error(request, _("Say why the connection is ended; a ticket number will do."))
        return
    try:
        operation = request_ending(
            username,
            connection_id=form.cleaned_data["connection"],
            reason=form.cleaned_data["reason"],
            actor=request.user,
            origin=request_origin(request),
        )
    except ConnectionHasEnded:
        messages.info(request, _("This connection has ended already."))
    except EndpointBusy:
        messages.info(request, _("This connection is being ended already."))
    except OperationRefused as refused:
        messages.error(request, refusal_text(refused))
    else:
        if operation.status == OperationStatus.AWAITING_APPROVAL:
            messages.info(request, _("An administrator has to approve that it is ended."))
        else:
            messages.success(
                request, _("The connection is being ended. The computer may connect again by itself.")
            )
