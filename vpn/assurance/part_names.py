"""What each part is called on pages, and in the JSON of ``manage.py assurance`` by its key."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PART_NAMES: Final[dict[str, Promise]] = {
    "open": _("People can connect"),
    "way-out": _("Way to the internet"),
    "internet-route-and-rule": _("Route and rule to the internet"),
    "addresses-stay": _("Addresses stay as they are"),
    "nat-ports": _("Ports of the NAT gateways"),
    "observed-addresses": _("Addresses that were observed"),
    "ipv6": _("IPv6"),
    "addresses-known": _("New addresses"),
    "dns-servers": _("DNS servers"),
    "way-past-office": _("Way past the office"),
    "dns": _("DNS servers"),
    "identity-provider": _("Identity provider without the office"),
    "mfa": _("Second factor without the office"),
    "zones": _("Availability Zones"),
    "standby": _("Standby in another Region"),
    "drill": _("Drill"),
    "client-addresses": _("Room for connections"),
    "subnet-addresses": _("Free addresses in the subnets"),
    "quotas": _("AWS's quotas"),
    "client-versions": _("Versions of the client"),
    "company-account": _("Sign-in"),
    "certificates": _("Certificates of the endpoint"),
    "portal-certificates": _("Certificates of the portal"),
    "groups": _("Groups of the rules"),
    "leavers": _("People who have left"),
    "session": _("Length of a session"),
    "authorization-policy": _("Authorization policy"),
    "logging-on": _("Connection logging"),
    "log-read": _("Reading of the log"),
    "log-complete": _("Completeness of the log"),
    "log-retention": _("How long the log is kept"),
    "log-encryption": _("Encryption of the log"),
    "audit-chain": _("The portal's audit record"),
    "open-inside": _("People can connect"),
    "tunnels": _("Tunnels to the office"),
    "tunnel-maintenance": _("Maintenance of the tunnels"),
    "inside-routes": _("Routes to the inside"),
    "inside-rules": _("Rules for the inside"),
    "office-line": _("Lines to the office"),
    "office-return-route": _("Routes there and back"),
}
