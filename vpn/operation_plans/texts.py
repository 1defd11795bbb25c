"""How consequences, quotas and topics are put into words; consequence_texts.py has the sentences."""

from datetime import datetime
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.reasons import REASONS
from vpn.operation_plans.consequence_texts import CONSEQUENCE_TEXTS
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Reconnection, Topic
from vpn.quotas.limits import NumberSource
from vpn.quotas.texts import price_origin, quota_origin

UNCOUNTED_TEXTS: dict[ConsequenceId, Promise] = {
    ConsequenceId.ACCESS_STOPS: _(
        "Whoever uses it can't connect any more. How many that is isn't known: the connection log isn't read."
    ),
    ConsequenceId.ACCESS_STARTS: _(
        "Whoever used it can connect again. How many that is isn't known: the connection log isn't read."
    ),
    ConsequenceId.PROFILES_POSTURE: _(
        "Everybody must download the profile again and import it into AWS VPN Client %(version)s or newer: older "
        "clients and profiles bring no token about the device. How many people that is isn't known."
    ),
    ConsequenceId.PROFILES_STOP: _(
        "Profiles that people have stop working. How many need the new one isn't known: the connection log isn't read."
    ),
    ConsequenceId.PROFILES_DOUBTFUL: _(
        "Profiles that people have go on working only if the new certificate has the same authority and name. How many "
        "use one isn't known: the connection log isn't read."
    ),
    ConsequenceId.PROFILES_GONE: _(
        "Profiles that people have never work again. How many use one isn't known: the connection log isn't read."
    ),
}
# "0 people" reads like a number that was counted wrong, and like no reason to be careful.
NOBODY_TEXTS: dict[ConsequenceId, Promise] = {
    ConsequenceId.ACCESS_STOPS: _(
        "Whoever uses it can't connect any more. Nobody has connected within 30 days."
    ),
    ConsequenceId.PROFILES_STOP: _(
        "Profiles that people have stop working. Nobody has connected within 30 days."
    ),
    ConsequenceId.PROFILES_DOUBTFUL: _(
        "Profiles that people have go on working only if the new certificate has the same authority and name. Nobody "
        "has connected within 30 days."
    ),
    ConsequenceId.PROFILES_GONE: _(
        "Profiles that people have never work again. Nobody has connected within 30 days."
    ),
}

# Of an endpoint that has Availability Zones of a transit gateway instead of subnets
ZONE_TEXTS: dict[ConsequenceId, Promise] = {
    ConsequenceId.LAST_SUBNET_GONE: _(
        "The endpoint has no Availability Zone left: nobody can connect until one is associated again."
    ),
    ConsequenceId.NOBODY_CONNECTED: _("The endpoint has no Availability Zone now, so nobody is connected."),
    ConsequenceId.ROUTES_EVERYWHERE: _("All zones have the same routes: they are the transit gateway's."),
    ConsequenceId.INTERNET_LOST: _(
        "Through %(subnets)s nobody reaches the internet: with full tunnel, that needs an authorization rule for "
        "%(everywhere)s and a route %(everywhere)s through the transit gateway."
    ),
    ConsequenceId.INTERNET_REACHED: _(
        "%(everywhere)s has an authorization rule, and a route through the transit gateway."
    ),
    ConsequenceId.COST_MORE: _(
        "It costs about %(amount)s %(currency)s more a month, if AWS bills a zone as it bills a subnet. Its price for "
        "zones of a transit gateway, and the transit gateway's own prices, aren't known to the portal."
    ),
    ConsequenceId.COST_LESS: _(
        "It costs about %(amount)s %(currency)s less a month, if AWS bills a zone as it bills a subnet. Its price for "
        "zones of a transit gateway, and the transit gateway's own prices, aren't known to the portal."
    ),
}

RECONNECTION_TEXTS: dict[Reconnection, Promise] = {
    Reconnection.BY_ITSELF: _(
        "Their VPN client usually connects again by itself within seconds; some may have to sign in again."
    ),
    Reconnection.NEW_PROFILE: _("They can't connect again until they have imported the new profile."),
    Reconnection.SAME_CERTIFICATE: _(
        "They can connect again if the new certificate has the same authority and name; else they need the new profile."
    ),
    Reconnection.WHEN_RESUMED: _("They can't connect again until the endpoint is associated again."),
    Reconnection.REFUSED: _("They can't connect again until somebody lets them in again."),
    Reconnection.REFUSED_PARTLY: _("Some endpoints refuse them from now on, others can't: see below."),
    Reconnection.IF_PERMITTED: _("They can connect again as long as the authorization policy permits them."),
    Reconnection.NEVER: _("They can never connect to this endpoint again."),
}
QUOTA_NAMES: dict[str, Promise] = {
    "rules": _("Authorization rules of the endpoint"),
    "routes": _("Routes of %(where)s"),
    "endpoints": _("Endpoints in %(where)s, as far as the portal sees them"),
    "security-groups": _("Security groups of the endpoint"),
    "revoked": _("Revoked certificates of the endpoint"),
}
TOPIC_TITLES: dict[Topic, Promise] = {
    Topic.CONNECTIONS: _("Connections"),
    Topic.ACCESS: _("Access"),
    Topic.INTERNET: _("Fixed IP address and internet"),
    Topic.PROFILES: _("Profiles"),
    Topic.ROUTES: _("Routes"),
    Topic.RECORD: _("Connection log"),
    Topic.QUOTAS: _("AWS's quotas"),
    Topic.COST: _("Cost"),
}


def number_origin(consequence: Consequence) -> str:
    """Where a quota or price is from; plans of older versions don't say, and had no others than the defaults."""
    values = consequence.values
    source = NumberSource(values.get("source", NumberSource.DEFAULT))
    seen = values.get("seen", "")
    words = quota_origin if "limit" in values else price_origin
    return words(source, datetime.fromisoformat(seen) if seen else None)


def consequence_text(consequence: Consequence, *, zones: bool = False) -> str:
    """In the current language. ``zones``: the endpoint has Availability Zones instead of subnets."""
    values: dict[str, Any] = dict(consequence.values)
    if "quota" in values:
        values["what"] = str(QUOTA_NAMES[values["quota"]]) % values
    values["origin"] = number_origin(consequence)
    if "reason" in values:
        values["why"] = str(REASONS[values["reason"]])
    if "count" in values and values["count"] is None:
        return str(UNCOUNTED_TEXTS[consequence.id]) % values
    if values.get("count") == 0 and consequence.id in NOBODY_TEXTS:
        return str(NOBODY_TEXTS[consequence.id])
    numbers = {name: SeparatedNumber(value) for name, value in values.items() if isinstance(value, int)}
    text = (ZONE_TEXTS.get(consequence.id) if zones else None) or CONSEQUENCE_TEXTS[consequence.id]
    return str(text % {**values, **numbers})


class SeparatedNumber(int):
    """Written as people write it, 36,500, and still a number, which chooses between singular and plural."""

    def __str__(self) -> str:
        return f"{int(self):,}"
