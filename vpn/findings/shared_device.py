"""Two to four people who connected one after another from what looks like the same device."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from ipaddress import ip_network

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.connection_log.overlaps import shared_devices
from vpn.connection_log.search.forms import DEVICES
from vpn.connection_log.search.links import search_url
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key, read_time


def detect(now: datetime) -> list[DetectedFinding]:
    """The log names no device: source IP and type of device stand for it. Who overlaps has two devices."""
    return [
        DetectedFinding(
            finding_key(device.address, device.device_type, *device.people),
            device.address,
            {
                "device_type": device.device_type,
                "people": list(device.people),
                "since": device.since.isoformat(),
                "until": device.until.isoformat(),
                "connections": device.connections,
            },
        )
        for device in shared_devices(now)
    ]


def usernames(finding: Finding) -> list[str]:
    return [str(username) for username in finding.evidence["people"]]


def describe(finding: Finding, names: Mapping[str, str]) -> FindingText:
    since, until = read_time(finding.evidence["since"]), read_time(finding.evidence["until"])
    device = finding.evidence["device_type"]
    text = _("%(people)s connected one after another from this address with %(device)s.") % {
        "people": _(", ").join(names.get(username, username) for username in usernames(finding)),
        "device": DEVICES.get(device, device),
    }
    # The end of a search is not part of it.
    end = until + timedelta(seconds=1)
    return FindingText(
        text, search_url(since, end, device_ip=ip_network(finding.subject), device_type=device)
    )


RULE = FindingRule(
    kind="shared-device",
    label=gettext_lazy("Two people's names on one device"),
    tone="info",
    why=gettext_lazy("Who shares a device shares what is stored on it, and the log can't say who was there."),
    advice=gettext_lazy(
        "Ask the people. If they share a computer, give each their own account on it, or their own computer."
    ),
    basis=gettext_lazy(
        "The log names no device: the same source IP and the same kind of device, by two to four people, never at"
        " the same time, within three days. Two people of one household with a computer each look the same."
        " Office networks are left out."
    ),
    detect=detect,
    describe=describe,
    usernames=usernames,
    kept_open=timedelta(days=30),
)
