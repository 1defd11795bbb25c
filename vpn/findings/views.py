"""`/connections/findings/`: what should be looked at, why, and what to do about it."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_http_methods, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from portal.audit import targets
from portal.audit.looks import record_file, record_look
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget, TargetKind
from portal.spreadsheets import csv_response, ranged_name
from vpn.findings import pages, queries, services, unreadable_rising
from vpn.findings.forms import AcknowledgeAllForm, AcknowledgeForm
from vpn.findings.models import Finding
from vpn.findings.rule import FindingRule
from vpn.findings.rules import RULES
from vpn.findings.spreadsheet import spreadsheet_rows, spreadsheet_titles


@require_safe
@requires(Permission.CONNECTION_READ)
def findings(request: PortalRequest) -> HttpResponse:
    state, only = _chosen(request)
    groups = pages.finding_groups(state, only.kind if only else "")
    _record(
        request,
        target=targets.page("findings"),
        people=pages.people_in(row.finding for group in groups for row in group.rows),
        details=_conditions(state, only),
    )
    context = {
        "state": state,
        "only": only,
        "groups": groups,
        "tabs": _tabs(state),
        "rules": queries.rules_state(),
        "csv_url": f"{reverse('connections_findings_csv')}?{urlencode(_conditions(state, only))}",
    }
    return render(request, "vpn/findings/page.html", context)


@require_safe
@requires(Permission.CONNECTION_EXPORT)
def export_csv(request: PortalRequest) -> HttpResponseBase:
    """Every finding of a state, also those of which the page shows only the first."""
    state, only = _chosen(request)
    rows = list(queries.findings_in(state).filter(kind__in=[only.kind] if only else RULES))
    record_file(
        request,
        Tag.CONNECTIONS_SEARCHED,
        target=targets.page("findings"),
        people=pages.people_in(rows),
        details=_conditions(state, only),
    )
    name = ranged_name(pgettext("file name", "findings"), None, None, "csv")
    return csv_response(name, spreadsheet_titles(), spreadsheet_rows(rows))


def _chosen(request: PortalRequest) -> tuple[str, FindingRule | None]:
    """The state, and the only rule that is asked for; what is neither chooses nothing."""
    state = request.GET.get("state", "")
    return state if state in queries.STATES else "open", RULES.get(request.GET.get("kind", ""))


def _conditions(state: str, only: FindingRule | None) -> dict[str, str]:
    return {"state": state, "kind": only.kind if only else ""}


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.CONNECTION_READ)
def finding(request: PortalRequest, number: int) -> HttpResponse:
    row = get_object_or_404(Finding, pk=number, kind__in=RULES)
    form = AcknowledgeForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        return _acknowledge(request, row, form.cleaned_data["reason"])
    if request.method != "POST":
        _record(
            request,
            target=AuditTarget(TargetKind.FINDING, str(row.pk), row.subject),
            people=pages.people_in([row]),
            details={"finding": row.pk, "kind": row.kind},
        )
    [shown] = pages.finding_rows([row])
    context = {
        "form": form,
        "row": shown,
        "rule": RULES[row.kind],
        "people": pages.finding_people(row) if request.user.may(Permission.OPERATION_REQUEST) else [],
        "samples": queries.unreadable_samples() if row.kind == unreadable_rising.KIND else [],
    }
    return render(request, "vpn/findings/finding.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.CONNECTION_READ)
def acknowledge_kind(request: PortalRequest, kind: str) -> HttpResponse:
    """Everything of a kind that is to be looked at, with one reason."""
    if kind not in RULES:
        raise Http404
    rows = list(queries.findings_in("open").filter(kind=kind))
    people = pages.people_in(rows)
    newest = max((row.pk for row in rows), default=0)
    form = AcknowledgeAllForm(request.POST if request.method == "POST" else None, initial={"up_to": newest})
    if form.is_valid():
        # What the worker has found since the page was shown stays open, and is about others.
        shown = [row for row in rows if row.pk <= form.cleaned_data["up_to"]]
        return _acknowledge_all(request, kind, form, pages.people_in(shown))
    target = targets.page("findings")
    _record(request, target=target, people=people, details={"state": "open", "kind": kind})
    context = {
        "form": form,
        "rule": RULES[kind],
        "count": len(rows),
        "rows": pages.finding_rows(rows[: queries.SHOWN]),
        "more": max(len(rows) - queries.SHOWN, 0),
        "parents": [{"label": _("Findings"), "url": reverse("connections_findings")}],
    }
    return render(request, "vpn/findings/acknowledge.html", context)


def _acknowledge_all(
    request: PortalRequest, kind: str, form: AcknowledgeAllForm, people: list[str]
) -> HttpResponse:
    count = services.acknowledge_all(
        kind,
        up_to=form.cleaned_data["up_to"],
        people=people,
        actor=request.user,
        reason=form.cleaned_data["reason"],
        origin=request_origin(request),
    )
    if count:
        text = ngettext("%(count)s finding was acknowledged.", "%(count)s findings were acknowledged.", count)
        messages.success(request, text % {"count": f"{count:,}"})
    else:
        messages.info(request, _("They were acknowledged or resolved already; nothing was changed."))
    return redirect("connections_findings")


def _acknowledge(request: PortalRequest, row: Finding, reason: str) -> HttpResponse:
    if services.acknowledge(row, actor=request.user, reason=reason, origin=request_origin(request)):
        messages.success(request, _("The finding was acknowledged."))
    else:
        messages.info(request, _("The finding was acknowledged or resolved already; nothing was changed."))
    return redirect("connections_findings")


def _tabs(state: str) -> list[dict[str, Any]]:
    labels = {"open": _("To look at"), "acknowledged": _("Acknowledged"), "resolved": _("Resolved")}
    url = reverse("connections_findings")
    return [
        {"label": labels[tab], "url": f"{url}?{urlencode({'state': tab})}", "current": tab == state}
        for tab in queries.STATES
    ]


def _record(
    request: PortalRequest, *, target: AuditTarget, people: Iterable[str], details: dict[str, Any]
) -> None:
    """Findings name people and what they did: reading them is recorded as a search is."""
    record_look(request, Tag.CONNECTIONS_SEARCHED, target=target, people=people, details=details)
