"""Ending a connection of the person whose page is open: by the operation that administrators use, with its audit trail.

The agent sees no operation pages: what became of it stands on the person's page.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.forms import PortalForm
from vpn.endpoints.models import LiveConnection
from vpn.helpdesk.opening import MAX_REASON
from vpn.moments import format_recent_moment
from vpn.operation_kinds import get_kind
from vpn.operations.models import Operation
from vpn.operations.requests import services as operations
from vpn.operations.states import LIVE, PENDING, OperationStatus
from vpn.person_operations import find_connections

KIND: Final = "terminate-connection"


class EndConnectionForm(PortalForm):
    """``connection``: its id, which the page fills in."""

    connection = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(
        label=gettext_lazy("Why it is ended"),
        max_length=MAX_REASON,
        strip=True,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("A ticket number will do. Recorded together with your name."),
    )


class ConnectionHasEnded(Exception):
    """The person has no such connection, as of AWS's last answer."""


@dataclass(frozen=True)
class EndableConnection:
    """``form`` None: it is being ended already, as ``state`` says."""

    label: str
    form: EndConnectionForm | None
    state: str = ""


def endable_connections(username: str) -> list[EndableConnection]:
    """The person's connections at AWS's last answer."""
    connections = find_connections.live_connections([username])
    underway = {
        operation.parameters["connection_id"]: operation
        for operation in Operation.objects.filter(
            ends_any(connection.connection_id for connection in connections),
            status__in=[*LIVE, *PENDING],
        )
    }
    return [
        _endable(connection, underway.get(connection.connection_id), number)
        for number, connection in enumerate(connections)
    ]


def _endable(connection: LiveConnection, operation: Operation | None, number: int) -> EndableConnection:
    since = connection.established_at
    since_text = _("since %(time)s") % {"time": format_recent_moment(since)} if since else ""
    parts = (connection.endpoint.label, since_text, *connection.client_addresses)
    label = " · ".join(part for part in parts if part)
    if operation is not None:
        waits = operation.status == OperationStatus.AWAITING_APPROVAL
        state = _("An administrator has to approve that it is ended.") if waits else _("It is being ended.")
        return EndableConnection(label, None, state)
    # Several forms on one page: each with ids of its own.
    form = EndConnectionForm(initial={"connection": connection.connection_id}, auto_id=f"id_end_{number}_%s")
    return EndableConnection(label, form)


def ends_any(connection_ids: Iterable[str]) -> Q:
    """Operations that ended one of these connections, or are about to; whoever requested them."""
    return Q(kind=KIND, parameters__connection_id__in=list(connection_ids))


def request_ending(
    username: str, *, connection_id: str, reason: str, actor: User, origin: RequestOrigin
) -> Operation:
    """Raises ConnectionHasEnded, PermissionDenied, OperationRefused."""
    # Whoever's it is by AWS's last answer and the log: an id of somebody else's is as good as none.
    connection = next(
        (
            known
            for known in find_connections.live_connections([username])
            if known.connection_id == connection_id
        ),
        None,
    )
    if connection is None:
        raise ConnectionHasEnded
    draft = operations.make_draft(
        kind=get_kind(KIND), endpoint=connection.endpoint, data={"connection": connection_id}
    )
    if draft.plan is None:
        raise ConnectionHasEnded
    return operations.request(
        draft=draft,
        actor=actor,
        reason=reason,
        digest=draft.digest,
        # The page names the one connection, and nothing else could be meant.
        typed_name=draft.name_to_type,
        origin=origin,
    )
