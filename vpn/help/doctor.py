"""The doctor script, and the line that it prints: what it says, in words."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FOLDER: Final = Path(__file__).parent / "scripts"
SCRIPTS: Final = {"doctor.sh": "text/x-shellscript", "doctor.ps1": "text/plain"}
LINE: Final = re.compile(r"genkan-doctor 1((?: [a-z0-9]{1,12}=[\w+.-]{1,20}){1,60})", re.ASCII)
# Names of hosts go into a script that people run: nothing but what a name of AWS's can be made of.
HOST: Final = re.compile(r"[a-z0-9-]+(?:\.[a-z0-9-]+)+", re.ASCII)

# Only what is a problem has words; ``client=none`` is ordinary for version 5.
FINDINGS: Final[dict[tuple[str, str], Promise]] = {
    ("dns", "fails"): _("The VPN's name isn't found: the network or its DNS blocks it."),
    ("tcp443", "fails"): _("TCP port 443 isn't reached. If the endpoint uses TCP, the network blocks it."),
    ("port35001", "taken"): _("Another program uses port 35001, which the sign-in needs."),
    ("lan", "no"): _(
        "The network's addresses aren't 10., 172.16. to 172.31. or 192.168.: devices nearby can't be reached while "
        "connected."
    ),
    ("client", "none"): _("AWS VPN Client is older than version 6.0, or not installed."),
    ("connected", "yes"): _("AWS VPN Client says that it is connected."),
}


def script(name: str, *, hosts: Iterable[str]) -> str:
    """The script as it is shown and run. ``name``: a key of SCRIPTS."""
    safe = [host for host in hosts if HOST.fullmatch(host)]
    text = (FOLDER / name).read_text(encoding="utf-8")
    return text.replace("@HOSTS@", " ".join(safe)).replace("@SITE@", settings.SITE_URL)


def read_line(text: str) -> dict[str, str]:
    """What the script found, by its own names. Empty for anything else than its line."""
    match = LINE.search(text)
    facts: dict[str, str] = {}
    for pair in match[1].split() if match else ():
        name, _equals, value = pair.partition("=")
        # One for each endpoint: what fails at any of them is what counts.
        if facts.get(name) != "fails":
            facts[name] = value
    return facts


def findings(facts: dict[str, str]) -> list[str]:
    """In words."""
    return [str(FINDINGS[pair]) for pair in facts.items() if pair in FINDINGS]
