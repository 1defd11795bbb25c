"""`/operations/export.csv`: operations as rows of a spreadsheet."""

from collections.abc import Iterable
from typing import Any

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_safe

from portal.access.decorators import requires
from portal.access.permissions import Permission
from portal.access.requests import PortalRequest
from portal.spreadsheets import csv_response, ranged_name, zoned_title
from vpn.operations import queries
from vpn.operations.models import Operation
from vpn.operations.requests import looks, views
from vpn.operations.requests.forms import OperationSearchForm
from vpn.operations.requests.pages import operation_row


@require_safe
@requires(Permission.OPERATION_READ)
def export_csv(request: PortalRequest) -> HttpResponseBase:
    """What the list's search finds, all of it."""
    form = OperationSearchForm(request.GET)
    if not form.is_valid():
        return views.operations(request)
    rows = list(queries.matching_operations(form.search()).order_by("-number"))
    people: set[str] = set().union(*(looks.people_shown(operation) for operation in rows))
    looks.record_spreadsheet(request, people, details=form.conditions())
    name = ranged_name(pgettext("file name", "operations"), None, None, "csv")
    return csv_response(name, spreadsheet_titles(), spreadsheet_rows(rows))


def spreadsheet_titles() -> list[str]:
    return [
        _("Number"),
        _("Operation"),
        _("Endpoint"),
        _("Endpoint ID"),
        _("Status"),
        _("Reason"),
        _("Requested by"),
        _("Username"),
        zoned_title(_("Requested at")),
        _("Decided by"),
        zoned_title(_("Decided at")),
        _("Reason of the decision"),
        zoned_title(_("Started")),
        zoned_title(_("Ended")),
        _("Undoes operation"),
    ]


def spreadsheet_rows(operations: Iterable[Operation]) -> list[list[Any]]:
    """All at once and not as they are sent: by then the reader's language is no longer active."""
    return [_cells(operation) for operation in operations]


def _cells(operation: Operation) -> list[Any]:
    row, endpoint = operation_row(operation), operation.endpoint
    return [
        operation.number,
        row.heading,
        endpoint.label if endpoint else None,
        endpoint.endpoint_id if endpoint else None,
        row.status.text,
        operation.reason,
        operation.requested_by_name,
        operation.requested_by_username,
        operation.created_at,
        operation.decided_by_name,
        operation.decided_at,
        operation.decision_reason,
        operation.started_at,
        operation.finished_at,
        operation.undo_of.number if operation.undo_of else None,
    ]
