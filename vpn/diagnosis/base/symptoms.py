"""What the person sees or says: the only witness of what never reached AWS. Pure.

Words of AWS VPN Client and of the OpenVPN in it: AWS Client VPN User Guide, "Troubleshooting"; OpenVPN's manual and
sources. A pasted or shared text is read in memory, and nothing of it is kept.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Symptom(TextChoices):
    """Each is worth a rule of its own. Where the guides have a problem for it, the value is its anchor."""

    PROFILES_GONE = "profiles-gone", _("The profiles are gone since an update")
    IMPORT_FAILS = "import-fails", _("The profile can't be imported")
    PASSWORD_BOX = "password-box", _("A box asks for a user name and a password")
    CERT_AND_KEY = "cert-and-key", _("“The config should have either cert and key …”")
    NO_TAP = "no-tap", _("“There are no TAP-Windows adapters …”")
    HELPER_TOOL = "helper-tool", _("“AWS VPN Client Helper Tool is required …”")
    SEVERAL_USERS = "several-users", _("Somebody else is logged in to the same computer as well")
    CAPTIVE = "captive", _("Other web pages don't open either")
    RECONNECTING = "reconnecting", _("“Reconnecting” for minutes, or “Cannot resolve host address”")
    TLS = "tls", _("A TLS error")
    NETWORK_CHANGED = "network-changed", _("“… the address space of the local network … has changed”")
    OTHER_VPN = "other-vpn", _("Another VPN program is running")
    NO_BROWSER = "no-browser", _("No browser window opens, or it stays empty")
    NO_PORTS = "no-ports", _("“There are no available ports”")
    CREDENTIALS = "credentials", _("“The credentials received were incorrect”")
    TOO_LARGE = "too-many-groups", _("“… exceed the maximum size”")
    CLOCK = "clock", _("The computer's clock is wrong, or “certificate is not yet valid”")
    NAMES = "dns", _("Connected, but names aren't found")
    HANGS = "hangs", _("Connected, but large pages or files hang")
    LAN = "local-network", _("Connected, but a printer or device nearby can't be reached")


# In characters. What is pasted by a stranger may be one line of a million, and patterns that look back and forth would
# take minutes for it.
LONGEST_LINE: Final = 1000
# The first that matches: what is special stands before what is common.
LINES: Final[tuple[tuple[re.Pattern[str], Symptom], ...]] = tuple(
    (re.compile(pattern, re.IGNORECASE), Symptom(value))
    for pattern, value in (
        (
            r"auth_failed(?!,crv1)|invalid username or password|credentials received were incorrect",
            "credentials",
        ),
        (r"exceeds? the maximum size", "too-many-groups"),
        (r"no available ports|address already in use|eaddrinuse|port 35001", "no-ports"),
        (r"(?:certificate|cert) is not yet valid|clock (?:is )?(?:wrong|skew)", "clock"),
        (r"tls error|tls key negotiation failed|tls handshake", "tls"),
        (r"all tap-windows adapters|no tap-windows|no wintun|cannot open tun/tap", "no-tap"),
        (r"helper tool is required|helper.{0,200}(?:not running|not installed)", "helper-tool"),
        (r"local network.{0,200}has changed", "network-changed"),
        (r"either cert and key or auth-user-pass", "cert-and-key"),
        (r"cannot resolve host|dns resolve error|name or service not known", "reconnecting"),
        # Options that the client refuses since 6.0 (release notes)
        (
            r"(?:unsupported|unrecognized|unknown|invalid) (?:option|directive)|rcvbuf|tap-sleep|tun-mtu-extra",
            "import-fails",
        ),
    )
)
# What the doctor script found out, as it says it
BY_DOCTOR: Final[Mapping[tuple[str, str], Symptom]] = {
    ("dns", "fails"): Symptom.RECONNECTING,
    ("port35001", "taken"): Symptom.NO_PORTS,
}


@dataclass(frozen=True)
class Told:
    """What the person said on the telephone or shared by a support code. ``doctor``: vpn.help.doctor.read_line."""

    symptoms: frozenset[Symptom] = frozenset()
    doctor: Mapping[str, str] = field(default_factory=dict)
    at: datetime | None = None

    def has(self, *symptoms: Symptom) -> bool:
        return not self.symptoms.isdisjoint(symptoms)


def read_line(line: str) -> Symptom | None:
    """What one line of a log, or a message, tells of: its beginning, up to LONGEST_LINE."""
    text = beginning(line)
    return next((symptom for pattern, symptom in LINES if pattern.search(text)), None)


def beginning(line: str) -> str:
    """As much of it as patterns may look at, in whole words: half of one may mean the opposite (AUTH_FAILED,CRV1)."""
    if len(line) <= LONGEST_LINE:
        return line
    text = line[:LONGEST_LINE]
    return text.rpartition(" ")[0] or text


def told(
    *, symptom: str = "", note: str = "", doctor: Mapping[str, str] | None = None, at: datetime | None = None
) -> Told:
    """``symptom``: a value of Symptom, anything else counts as none; ``note``: in the person's own words."""
    known = doctor or {}
    found = {read_line(line) for line in note.splitlines()}
    found |= {BY_DOCTOR.get(pair) for pair in known.items()}
    if known.get("users", "0").isdecimal() and int(known.get("users", "0")) > 1:
        found.add(Symptom.SEVERAL_USERS)
    if symptom in set(Symptom):
        found.add(Symptom(symptom))
    return Told(frozenset(kind for kind in found if kind), known, at)
