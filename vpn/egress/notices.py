"""What one person is told above every page of an employee."""

from django.utils import timezone

from vpn.drills.base.notices import drill_notices
from vpn.egress.person import PersonContext
from vpn.incidents.notices import incident_notices
from vpn.notices.clients import client_notices
from vpn.notices.notice import Notice
from vpn.notices.queries import health_notices, outdated_notice, planned_notices, trouble_notices
from vpn.notices.troubles import PersonTrouble


def announcements_for(person: PersonContext) -> list[Notice]:
    """What people announced: incidents, drills and planned work. It stands above what the portal has noticed.

    `/status/` has all of them in full, and leaves these out.
    """
    return [
        *incident_notices([*person.allowed, *person.used]),
        *drill_notices(person.user.username),
        *planned_notices(person.allowed),
    ]


def notices_for(person: PersonContext, *, on_card: PersonTrouble | None = None) -> list[Notice]:
    """``on_card``: what the verdict card beside them says already."""
    return [
        *health_notices(person.allowed),
        *trouble_notices(trouble for trouble in person.troubles if trouble != on_card),
        # What can't be connected to needs no new file now; AWS may export another one when it is back.
        *(
            outdated_notice(profile.endpoint)
            for profile in person.profiles
            if profile.outdated and profile.endpoint not in {trouble.endpoint for trouble in person.troubles}
        ),
        *client_notices([person.user.username], timezone.now()),
    ]
