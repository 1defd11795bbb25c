"""What goes on now, above every page of an employee whom it concerns."""

from collections.abc import Iterable
from typing import Final

from django.utils.translation import gettext as _

from portal.text import with_label, with_note
from vpn.endpoints.models import Endpoint
from vpn.incidents.queries import ActiveIncident, active_incidents
from vpn.moments import format_recent_moment
from vpn.notices.notice import Notice

# The rest is on the incident's page: a notice is read between two other things.
SHOWN: Final = 240


def incident_notices(endpoints: Iterable[Endpoint]) -> list[Notice]:
    """``endpoints``: those that the person may use or has used; an incident of others is none of theirs."""
    ids = {endpoint.endpoint_id for endpoint in endpoints}
    return [_notice(active) for active in active_incidents() if active.incident.concerns(ids)]


def _notice(active: ActiveIncident) -> Notice:
    incident = active.incident
    since = _("since %(since)s") % {"since": format_recent_moment(incident.began_at)}
    text = " ".join(active.text.text.split())
    return Notice(
        incident.tone,
        with_note(str(incident.title), since),
        with_label(incident.get_stage_display(), text if len(text) <= SHOWN else f"{text[: SHOWN - 1]}…"),
        incident.get_absolute_url(),
        _("Incident details"),
    )
