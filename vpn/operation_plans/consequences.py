"""Consequence: one line of a plan, about what a change does to people, addresses, profiles, quotas or cost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from django.utils.translation import gettext, ngettext

MAX_NAMES: Final = 8


class Tone(StrEnum):
    """The tones of the page components. OUT: somebody loses something."""

    OK = "ok"
    INFO = "info"
    WARN = "warn"
    OUT = "out"
    UNKNOWN = "unknown"


class Topic(StrEnum):
    """The headings of a plan, in their order on the page. Texts: texts.TOPIC_TITLES."""

    CONNECTIONS = "connections"
    ACCESS = "access"
    INTERNET = "internet"
    PROFILES = "profiles"
    ROUTES = "routes"
    RECORD = "record"
    QUOTAS = "quotas"
    COST = "cost"


class ConsequenceId(StrEnum):
    """Texts: texts.CONSEQUENCE_TEXTS."""

    RESET_SERVER_CERTIFICATE = "reset-server-certificate"
    RESET_DNS_SERVERS = "reset-dns-servers"
    RESET_SPLIT_TUNNEL = "reset-split-tunnel"
    RESET_ROUTES = "reset-routes"
    RESET_RULES = "reset-rules"
    RESET_REVOCATION_LIST = "reset-revocation-list"
    RESET_PORT = "reset-port"
    SUBNET_GONE = "subnet-gone"
    LAST_SUBNET_GONE = "last-subnet-gone"
    ENDPOINT_GONE = "endpoint-gone"
    POLICY_RESETS = "policy-resets"
    TUNNEL_LOOP = "tunnel-loop"
    NOBODY_RESET = "nobody-reset"
    NOBODY_CONNECTED = "nobody-connected"
    ACCESS_GAINED = "access-gained"
    ACCESS_LOST = "access-lost"
    ACCESS_SHADOWED = "access-shadowed"
    ACCESS_STOPS = "access-stops"
    ACCESS_STARTS = "access-starts"
    ACCESS_UNCHANGED = "access-unchanged"
    ACCESS_BY_LAST_SIGN_IN = "access-by-last-sign-in"
    ACCESS_OF_STRANGERS = "access-of-strangers"
    ACCESS_EVERYBODY_EVERYWHERE = "access-everybody-everywhere"
    EXPECTATIONS_BROKEN = "expectations-broken"
    EXPECTATIONS_MET = "expectations-met"
    CERTIFICATES_REVOKED = "certificates-revoked"
    CERTIFICATES_NONE_REVOKED = "certificates-none-revoked"
    CERTIFICATES_VALID_AGAIN = "certificates-valid-again"
    CERTIFICATES_UNKNOWN_BEFORE = "certificates-unknown-before"
    HANDLER_REMOVED = "handler-removed"
    HANDLER_CHANGED = "handler-changed"
    BLOCKED_FREE = "blocked-free"
    BLOCKED_DOUBTFUL = "blocked-doubtful"
    RULE_WITHOUT_ROUTE = "rule-without-route"
    ROUTE_WITHOUT_RULE = "route-without-rule"
    ROUTE_MISSING = "route-missing"
    ROUTE_MISSING_ALREADY = "route-missing-already"
    ROUTES_EVERYWHERE = "routes-everywhere"
    FIXED_IP_STAYS = "fixed-ip-stays"
    FIXED_IP_LOST_SPLIT = "fixed-ip-lost-split"
    FIXED_IP_GAINED_SPLIT = "fixed-ip-gained-split"
    FIXED_IP_LOST = "fixed-ip-lost"
    FIXED_IP_ADDED = "fixed-ip-added"
    FIXED_IP_AGAIN = "fixed-ip-again"
    FIXED_IP_UNKNOWN = "fixed-ip-unknown"
    FIXED_IP_NONE = "fixed-ip-none"
    FIXED_IP_MAY_GROW = "fixed-ip-may-grow"
    INTERNET_LOST = "internet-lost"
    INTERNET_DEAD_END = "internet-dead-end"
    INTERNET_REACHED = "internet-reached"
    DNS_NONE = "dns-none"
    DNS_SHUT_OUT = "dns-shut-out"
    PROFILES_STAY = "profiles-stay"
    PROFILES_STOP = "profiles-stop"
    PROFILES_DOUBTFUL = "profiles-doubtful"
    PROFILES_GONE = "profiles-gone"
    PROFILES_POSTURE = "profiles-posture"
    PROFILES_POSTURE_OFF = "profiles-posture-off"
    LOG_OFF = "log-off"
    LOG_ON = "log-on"
    LOG_GROUP_UNSEEN = "log-group-unseen"
    LOG_GROUP_CHANGED = "log-group-changed"
    ROUTE_OFFICE_PUBLIC = "route-office-public"
    ROUTE_OFFICE_WITHOUT_VPN = "route-office-without-vpn"
    QUOTA_LEFT = "quota-left"
    QUOTA_NEARLY_USED = "quota-nearly-used"
    QUOTA_EXCEEDED = "quota-exceeded"
    CONNECTIONS_LIMITED = "connections-limited"
    COST_MORE = "cost-more"
    COST_LESS = "cost-less"
    CONNECTIONS_COST_MORE = "connections-cost-more"
    CONNECTIONS_COST_LESS = "connections-cost-less"
    CONNECTION_COST = "connection-cost"
    COST_BASIS = "cost-basis"
    NAT_TRAFFIC_MORE = "nat-traffic-more"
    NAT_TRAFFIC_LESS = "nat-traffic-less"


# By the beginning of the id's name
TOPICS: Final = {
    "RESET_": Topic.CONNECTIONS,
    "SUBNET_": Topic.CONNECTIONS,
    "LAST_SUBNET_": Topic.CONNECTIONS,
    "ENDPOINT_": Topic.CONNECTIONS,
    "POLICY_": Topic.CONNECTIONS,
    "TUNNEL_": Topic.CONNECTIONS,
    "NOBODY_": Topic.CONNECTIONS,
    "ACCESS_": Topic.ACCESS,
    "EXPECTATIONS_": Topic.ACCESS,
    "CERTIFICATES_": Topic.ACCESS,
    "HANDLER_": Topic.ACCESS,
    "BLOCKED_": Topic.ACCESS,
    "FIXED_IP_": Topic.INTERNET,
    "INTERNET_": Topic.INTERNET,
    "DNS_": Topic.INTERNET,
    "LOG_": Topic.RECORD,
    "PROFILES_": Topic.PROFILES,
    "RULE_": Topic.ROUTES,
    "ROUTE": Topic.ROUTES,
    "QUOTA_": Topic.QUOTAS,
    "CONNECTIONS_LIMITED": Topic.QUOTAS,
    "COST_": Topic.COST,
    "CONNECTIONS_COST_": Topic.COST,
    "CONNECTION_COST": Topic.COST,
    "NAT_": Topic.COST,
}


# What a plan says first, the gravest before the others. Who is disconnected comes before all of them.
GRAVEST_FIRST: Final = (
    ConsequenceId.ENDPOINT_GONE,
    ConsequenceId.PROFILES_GONE,
    ConsequenceId.LAST_SUBNET_GONE,
    ConsequenceId.LOG_OFF,
    ConsequenceId.HANDLER_REMOVED,
    ConsequenceId.HANDLER_CHANGED,
    ConsequenceId.BLOCKED_FREE,
    ConsequenceId.BLOCKED_DOUBTFUL,
    ConsequenceId.CERTIFICATES_VALID_AGAIN,
    ConsequenceId.CERTIFICATES_REVOKED,
    ConsequenceId.POLICY_RESETS,
    ConsequenceId.PROFILES_STOP,
    ConsequenceId.PROFILES_DOUBTFUL,
    ConsequenceId.TUNNEL_LOOP,
    ConsequenceId.INTERNET_LOST,
    ConsequenceId.INTERNET_DEAD_END,
    ConsequenceId.DNS_NONE,
    ConsequenceId.DNS_SHUT_OUT,
    ConsequenceId.FIXED_IP_LOST_SPLIT,
    ConsequenceId.FIXED_IP_LOST,
    ConsequenceId.FIXED_IP_NONE,
    ConsequenceId.ACCESS_STOPS,
    ConsequenceId.ACCESS_LOST,
    ConsequenceId.ACCESS_SHADOWED,
    ConsequenceId.EXPECTATIONS_BROKEN,
    ConsequenceId.ACCESS_EVERYBODY_EVERYWHERE,
    ConsequenceId.ROUTE_OFFICE_PUBLIC,
    ConsequenceId.ROUTE_OFFICE_WITHOUT_VPN,
    ConsequenceId.LOG_GROUP_UNSEEN,
    ConsequenceId.QUOTA_EXCEEDED,
)


class Reconnection(StrEnum):
    """How those who are disconnected come back. Texts: texts.RECONNECTION_TEXTS.

    Banner, checks and notices all take it from here, so that they can't promise different things.
    """

    BY_ITSELF = "by-itself"
    NEW_PROFILE = "new-profile"
    SAME_CERTIFICATE = "same-certificate"
    WHEN_RESUMED = "when-resumed"
    REFUSED = "refused"
    REFUSED_PARTLY = "refused-partly"
    IF_PERMITTED = "if-permitted"
    NEVER = "never"


def get_topic(consequence_id: ConsequenceId) -> Topic:
    return next(topic for prefix, topic in TOPICS.items() if consequence_id.name.startswith(prefix))


def get_gravity(consequence_id: ConsequenceId) -> int:
    """Its place in GRAVEST_FIRST; those that are not in it come after all that are."""
    return GRAVEST_FIRST.index(consequence_id) if consequence_id in GRAVEST_FIRST else len(GRAVEST_FIRST)


@dataclass(frozen=True)
class Consequence:
    """Tone.OUT makes the whole operation destructive: a name must be typed, and a second person may have to approve.

    ``values`` fill the placeholders of the text. ``people``: all user names, where the text names only some."""

    id: ConsequenceId
    tone: Tone
    values: Mapping[str, Any] = field(default_factory=dict)
    people: tuple[str, ...] = ()


def join_names(names: Sequence[str], *, most: int = MAX_NAMES) -> str:
    """The first ``most`` of them, and how many more there are: "a, b and 3 more". In the current language."""
    more = len(names) - most
    shown = gettext(", ").join(names[:most])
    if more <= 0:
        return shown
    words = ngettext("%(names)s and %(count)d more", "%(names)s and %(count)d more", more)
    return words % {"names": shown, "count": more}


def join_people(people: Sequence[str], *, most: int = MAX_NAMES) -> str:
    """join_names() for people, whom Japanese counts with a word of their own."""
    more = len(people) - most
    shown = gettext(", ").join(people[:most])
    if more <= 0:
        return shown
    words = ngettext("%(names)s and %(count)d other person", "%(names)s and %(count)d other people", more)
    return words % {"names": shown, "count": more}
