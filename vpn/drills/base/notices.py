"""What the people of a drill are told above every page while it goes on."""

from django.urls import reverse
from django.utils.translation import gettext as _

from vpn.drills.base.queries import running_drills
from vpn.moments import format_recent_moment
from vpn.notices.notice import Notice


def drill_notices(username: str) -> list[Notice]:
    """Nothing for whoever has passed, or isn't among its people."""
    return [
        Notice(
            "info",
            _("Drill: please connect to %(label)s") % {"label": drill.label},
            _(
                "Disconnect, connect to %(label)s in AWS VPN Client, and check the connection by %(until)s. If it"
                " doesn't work, leave it: that is what the drill is to find out."
            )
            % {"label": drill.label, "until": format_recent_moment(drill.ends_at)},
            reverse("profiles"),
            _("To the profiles"),
        )
        for drill in running_drills()
        if username in drill.people
    ]
