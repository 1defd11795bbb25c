"""Every component in every tone on one page, with invented data. Only in the sandbox."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.forms import PortalForm

TONES = ("ok", "warn", "out", "info", "unknown")
HOME_ADDRESS = "198.51.100.27"
FIXED_ADDRESS = "203.0.113.10"
Sample = dict[str, Any]


class SampleForm(PortalForm):
    reason = forms.CharField(
        label=gettext_lazy("Reason"), help_text=gettext_lazy("It is kept in the audit record.")
    )
    address = forms.GenericIPAddressField(label=gettext_lazy("IP address"))
    system = forms.ChoiceField(
        label=gettext_lazy("Operating system"),
        choices=[(name, name) for name in ("Windows", "macOS", "Ubuntu")],
    )
    sure = forms.BooleanField(label=gettext_lazy("I have told the people concerned"))


@login_not_required
def design(request: HttpRequest) -> HttpResponse:
    if not settings.SANDBOX:
        raise Http404
    refused = SampleForm(
        {"reason": "", "address": "203.0.113", "system": "macOS", "sure": "on"}, auto_id="refused_%s"
    )
    context = {
        "tones": TONES,
        "verdicts": verdicts(),
        "broken_path": broken_path(),
        "steps": steps(),
        "checks": checks(),
        "facts": facts(),
        "events": events(),
        "columns": [
            {"label": _("Time")},
            {"label": _("Person")},
            {"label": _("Status")},
            {"label": _("Traffic"), "end": True},
        ],
        "rows": rows(),
        "form": SampleForm(),
        "refused": refused,
        "now": timezone.now(),
        "long_ago": datetime(2026, 11, 20, 1, 30, tzinfo=UTC),
    }
    return render(request, "portal/design/page.html", context)


def _stop(label: str, detail: str, icon: str, state: str) -> Sample:
    return {"label": label, "detail": detail, "icon": icon, "state": state}


def _path(*states: str, vpn: str, sites: str) -> list[Sample]:
    stops = (
        (_("This computer"), "Windows", "laptop"),
        (_("Your network"), HOME_ADDRESS, "house"),
        ("AWS Client VPN", vpn, "gate"),
        (_("Fixed IP address"), FIXED_ADDRESS, "address"),
        (_("Allowed sites"), sites, "servers"),
    )
    return [_stop(*stop, state) for stop, state in zip(stops, states, strict=True)]


def broken_path() -> list[Sample]:
    return _path(
        "reached", "reached", "broken", "dashed", "dashed", vpn=_("sign-in wasn't finished"), sites=""
    )


def verdicts() -> list[Sample]:
    """The five tones of the connection check, as templates/portal/components/verdict.html takes them."""
    return [
        _vpn_verdict(),
        _outside_verdict(),
        _split_tunnel_verdict(),
        _office_verdict(),
        _unknown_verdict(),
    ]


def _vpn_verdict() -> Sample:
    return {
        "tone": "ok",
        "heading": _("You're connected through the company VPN"),
        "body": _("Services see this fixed IP address."),
        "address_label": _("Fixed IP address"),
        "address": FIXED_ADDRESS,
        "path": _path(*["reached"] * 5, vpn="tokyo-main", sites=_("AWS, staging and more")),
        "facts": [_("Signed in"), _("VPN connected for 14 minutes (as of 10:42)"), _("No IPv6 traffic")],
        "actions": [_check_again(), _copy_diagnosis()],
    }


def _outside_verdict() -> Sample:
    stops = ("reached", "reached", "dashed", "dashed", "dashed")
    return {
        "tone": "out",
        "heading": _("You're not connected to the company VPN"),
        "body": _("You're going out directly from your own network. Press Connect in AWS VPN Client."),
        "by_itself": _("Once you are connected, this page changes by itself."),
        "address_label": _("Address that services see"),
        "address": HOME_ADDRESS,
        "path": _path(*stops, vpn=_("not connected"), sites=_("can't be reached")),
        "facts": [_("Signed in"), _("No VPN connection (as of 10:42)")],
        "actions": [_check_again(), _copy_diagnosis()],
        "primary": {"label": _("Show the setup guide"), "url": "#verdicts"},
    }


def _split_tunnel_verdict() -> Sample:
    stops = ("reached", "reached", "passed", "passed", "reached")
    return {
        "tone": "warn",
        "heading": _("The VPN is on, but this traffic isn't using it"),
        "body": _("Only some destinations go through the VPN. Services that need the fixed IP may not work."),
        "address_label": _("Address that services see"),
        "address": HOME_ADDRESS,
        "path": _path(*stops, vpn="tokyo-split", sites=_("see your own address")),
        "facts": [_("Signed in")],
        "actions": [_check_again()],
    }


def _office_verdict() -> Sample:
    return {
        "tone": "info",
        "heading": _("You're on the office network (%(site)s)") % {"site": "本社"},
        "body": _("You don't need the VPN here."),
        "address_label": _("Address that services see"),
        "address": "192.0.2.10",
        "path": [
            _stop(_("This computer"), "Windows", "laptop", "reached"),
            _stop(_("Office network"), "192.0.2.10", "office", "reached"),
            _stop(_("Internal systems"), "", "servers", "reached"),
        ],
        "facts": [_("Signed in")],
        "actions": [_check_again()],
    }


def _unknown_verdict() -> Sample:
    return {
        "tone": "unknown",
        "heading": _("We couldn't check your connection"),
        "body": _("The check server didn't answer. Check your internet connection and try again."),
        "address_label": _("Address that services see"),
        # IPv6: the longest kind of address must not break the layout on a telephone either.
        "address": "2001:db8:85a3::8a2e:370:7334",
        "actions": [_check_again()],
    }


def _check_again() -> Sample:
    return {"label": _("Check again"), "url": "#verdicts"}


def _copy_diagnosis() -> Sample:
    return {"label": _("Copy diagnosis"), "copy_text": "verdict: vpn"}


def steps() -> list[Sample]:
    return [
        {"state": "done", "title": _("Install AWS VPN Client"), "detail": "2026/10/02 09:58"},
        {"state": "done", "title": _("Download your connection profile"), "time": "10:03"},
        {"state": "running", "title": _("Waiting for AWS"), "time": "10:40:06"},
        {
            "state": "current",
            "title": _("Import it and connect with your work account"),
            "detail": _("Waiting for your connection."),
            "by_itself": _("Once you are connected, this page changes by itself."),
            "action_url": "#steps",
            "action_label": _("Show the setup guide"),
        },
        {"state": "failed", "title": _("Check that nobody is connected")},
        {"state": "waiting", "title": _("Check your connection")},
    ]


def checks() -> list[Sample]:
    return [
        {"tone": "ok", "label": _("Traffic leaves from the fixed IP address"), "value": _("OK")},
        {"tone": "warn", "label": _("The office network can be reached"), "value": _("one tunnel only")},
        {"tone": "out", "label": _("Connections are recorded"), "value": _("failed")},
        {"tone": "unknown", "label": _("People sign in with their work account"), "value": _("not known")},
    ]


def facts() -> list[Sample]:
    return [
        {"label": _("Status"), "value": _("available"), "tone": "ok"},
        {"label": _("Fixed IP address"), "value": FIXED_ADDRESS, "copyable": True},
        {"label": _("Endpoint"), "value": "cvpn-endpoint-0a1b2c3d4e5f60718", "url": "#facts"},
        {"label": _("Reason"), "value": _("Night pause to save cost")},
    ]


def events() -> list[Sample]:
    at = datetime(2026, 11, 23, 1, 21, 7, tzinfo=UTC)
    failed = _("Sign-in in the browser wasn't finished")
    return [
        {"at": at, "time": "10:21:07", "tone": "out", "title": _("Connection failed"), "text": failed},
        {"at": at - timedelta(hours=16), "time": "11/22 18:04", "tone": "ok", "title": _("Connection ended")},
    ]


def rows() -> list[list[Sample]]:
    people = (
        ("11/23 10:28:41", "田中 美咲", "m.tanaka@example.co.jp", "ok", "", _("Connected"), "118 MB"),
        ("11/23 10:21:07", "Liam O'Brien", "l.obrien@example.co.jp", "out", "", _("Failed"), "-"),
        ("11/23 09:12:55", "鈴木 彩花", "a.suzuki@example.co.jp", "unknown", "minus", _("Ended"), "92 MB"),
    )
    return [
        [
            {"label": _("Time"), "text": time, "url": "#table"},
            {"label": _("Person"), "text": name, "sub": email},
            {"label": _("Status"), "text": status, "tone": tone, "icon": icon},
            {"label": _("Traffic"), "text": traffic, "end": True},
        ]
        for time, name, email, tone, icon, status, traffic in people
    ]
