"""`/status/evidence/`: for auditors and administrators."""

from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest, request_origin
from portal.audit.looks import record_look
from portal.audit.tags import Tag
from portal.audit.targets import EVERYBODY, AuditTarget, TargetKind
from portal.spreadsheets import csv_response
from vpn.evidence.forms import EvidenceForm
from vpn.evidence.models import EvidencePack
from vpn.evidence.sections import SECTIONS, EvidenceSection
from vpn.evidence.services import EvidenceTooLong, content_hash, make_pack, recorded_hash

# A page of more rows is neither read nor printed; the section's CSV has all of them.
SHOWN_ROWS: Final = 1_000


@require_http_methods(["GET", "HEAD", "POST"])
@requires(Permission.AUDIT_EXPORT)
def evidence(request: PortalRequest) -> HttpResponse:
    today = timezone.localdate()
    initial = {"first": today.replace(day=1), "last": today}
    form = EvidenceForm(request.POST if request.method == "POST" else None, initial=initial)
    if form.is_valid():
        first, last = form.cleaned_data["first"], form.cleaned_data["last"]
        try:
            pack = make_pack(first, last, actor=request.user, origin=request_origin(request))
        except EvidenceTooLong as error:
            title = next(section.title for section in SECTIONS if section.id == error.section)
            messages.error(
                request,
                _("Nothing was made: “%(section)s” is too long for one pack. Choose fewer days.")
                % {"section": title},
            )
        else:
            return redirect(pack)
    context = {
        "form": form,
        "packs": EvidencePack.objects.defer("sections")[:50],
        "parents": _parents(),
    }
    return render(request, "vpn/evidence/list.html", context)


@require_safe
@requires(Permission.AUDIT_EXPORT)
def pack(request: PortalRequest, pk: int) -> HttpResponse:
    """One page, for printing."""
    shown = get_object_or_404(EvidencePack, pk=pk)
    _record(request, shown)
    context = {
        "pack": shown,
        "is_whole": content_hash(shown.sections) == recorded_hash(shown),
        "sections": [_shown_section(shown, section) for section in SECTIONS],
        "parents": [*_parents(), {"label": _("Evidence packs"), "url": reverse("evidence")}],
    }
    return render(request, "vpn/evidence/pack.html", context)


@require_safe
@requires(Permission.AUDIT_EXPORT)
def section_csv(request: PortalRequest, pk: int, section_id: str) -> HttpResponseBase:
    shown = get_object_or_404(EvidencePack, pk=pk)
    section = next((section for section in SECTIONS if section.id == section_id), None)
    if section is None:
        raise Http404
    _record(request, shown)
    name = f"{section.id}-{shown.first}-{shown.last}.csv"
    return csv_response(name, map(str, section.columns), shown.sections.get(section.id, []))


def _shown_section(shown: EvidencePack, section: EvidenceSection) -> dict[str, Any]:
    rows = shown.sections.get(section.id, [])
    return {"section": section, "rows": rows[:SHOWN_ROWS], "more": max(len(rows) - SHOWN_ROWS, 0)}


def _record(request: PortalRequest, shown: EvidencePack) -> None:
    target = AuditTarget(TargetKind.EVIDENCE, str(shown.pk), str(shown))
    record_look(request, Tag.EVIDENCE_READ, target=target, people=[EVERYBODY])


def _parents() -> list[dict[str, str]]:
    return [{"label": pgettext("navigation", "Status"), "url": reverse("status")}]
