"""The texts of all consequences and quotas."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from vpn.operations.plan.consequences import Consequence, ConsequenceId, Topic

CONSEQUENCE_TEXTS: dict[ConsequenceId, Promise] = {
    ConsequenceId.RESET_SERVER_CERTIFICATE: _("A change of the server certificate resets every connection."),
    ConsequenceId.RESET_DNS_SERVERS: _("A change of the DNS servers resets every connection."),
    ConsequenceId.RESET_SPLIT_TUNNEL: _("A change of split tunnel resets every connection."),
    ConsequenceId.RESET_ROUTES: _("With split tunnel, a change of routes resets every connection."),
    ConsequenceId.RESET_RULES: _("A change of authorization rules resets every connection."),
    ConsequenceId.RESET_REVOCATION_LIST: _("A new certificate revocation list resets every connection."),
    ConsequenceId.RESET_PORT: _("A change of the port resets every connection."),
    ConsequenceId.SUBNET_GONE: _(
        "Who is connected through %(subnet)s is disconnected. AWS doesn't say who that is; they can connect again."
    ),
    ConsequenceId.LAST_SUBNET_GONE: _(
        "It was the last subnet: everybody is disconnected, and nobody can connect until one is associated again."
    ),
    ConsequenceId.NOBODY_RESET: _("Running connections stay."),
    ConsequenceId.NOBODY_CONNECTED: _("The endpoint has no subnet now, so nobody is connected."),
    ConsequenceId.ACCESS_GAINED: ngettext_lazy(
        "%(count)d person gains access to %(network)s: %(names)s.",
        "%(count)d people gain access to %(network)s: %(names)s.",
        "count",
    ),
    ConsequenceId.ACCESS_LOST: ngettext_lazy(
        "%(count)d person loses access to %(network)s: %(names)s.",
        "%(count)d people lose access to %(network)s: %(names)s.",
        "count",
    ),
    ConsequenceId.ACCESS_SHADOWED: ngettext_lazy(
        "%(count)d person who reached %(network)s by a wider rule is shut out, because AWS goes by the narrowest rule: "
        "%(names)s.",
        "%(count)d people who reached %(network)s by a wider rule are shut out, because AWS goes by the narrowest "
        "rule: %(names)s.",
        "count",
    ),
    ConsequenceId.ACCESS_STOPS: ngettext_lazy(
        "%(count)d person whom the rules let in can't connect any more: %(names)s.",
        "%(count)d people whom the rules let in can't connect any more: %(names)s.",
        "count",
    ),
    ConsequenceId.ACCESS_STARTS: ngettext_lazy(
        "%(count)d person whom the rules let in can connect from then on: %(names)s.",
        "%(count)d people whom the rules let in can connect from then on: %(names)s.",
        "count",
    ),
    ConsequenceId.ACCESS_UNCHANGED: _(
        "For the people whom the portal knows, nothing changes in what they reach."
    ),
    ConsequenceId.ACCESS_BY_LAST_SIGN_IN: _(
        "Counted are people who have signed in to the portal, with their groups at the last sign-in."
    ),
    ConsequenceId.RULE_WITHOUT_ROUTE: _(
        "The endpoint has no route to %(network)s: the authorization rule alone leads nowhere."
    ),
    ConsequenceId.ROUTE_WITHOUT_RULE: _(
        "No authorization rule lets anybody reach %(network)s: the route alone is of no use."
    ),
    ConsequenceId.ROUTE_MISSING: _(
        "%(subnets)s has no route to %(network)s, but another subnet has: for some people it doesn't work."
    ),
    ConsequenceId.ROUTE_MISSING_ALREADY: _(
        "As before, %(subnets)s has no route to %(network)s, but another subnet has."
    ),
    ConsequenceId.ROUTES_EVERYWHERE: _("All associated subnets have the same routes."),
    ConsequenceId.FIXED_IP_STAYS: _("The fixed IP address stays: %(addresses)s."),
    ConsequenceId.FIXED_IP_LOST_SPLIT: _(
        "The internet no longer sees the fixed IP address %(addresses)s: with split tunnel, people reach "
        "it by their own network."
    ),
    ConsequenceId.FIXED_IP_GAINED_SPLIT: _(
        "From then on, the internet sees everybody with the fixed IP address %(addresses)s."
    ),
    ConsequenceId.FIXED_IP_LOST: _(
        "Fixed IP addresses that fall away: %(addresses)s. Sites that allow others only will refuse."
    ),
    ConsequenceId.FIXED_IP_ADDED: _(
        "Fixed IP addresses that are added: %(addresses)s. Have them allowed first."
    ),
    ConsequenceId.FIXED_IP_AGAIN: _(
        "From then on, the internet sees people with the fixed IP address %(addresses)s."
    ),
    ConsequenceId.FIXED_IP_UNKNOWN: _(
        "Which IP address the internet sees through %(subnets)s is known after the change only."
    ),
    ConsequenceId.INTERNET_LOST: _(
        "Through %(subnets)s nobody reaches the internet: with full tunnel, that needs an authorization rule for "
        "0.0.0.0/0 and a route 0.0.0.0/0 on each subnet."
    ),
    ConsequenceId.INTERNET_REACHED: _(
        "0.0.0.0/0 has an authorization rule, and a route on each associated subnet."
    ),
    ConsequenceId.PROFILES_STAY: _("Profiles that people have go on working."),
    ConsequenceId.PROFILES_STOP: ngettext_lazy(
        "Profiles that people have stop working: %(count)d person must download it anew.",
        "Profiles that people have stop working: %(count)d people must download it anew.",
        "count",
    ),
    ConsequenceId.PROFILES_DOUBTFUL: ngettext_lazy(
        "Profiles that people have go on working only if the new certificate has the same authority and name. "
        "%(count)d person has one.",
        "Profiles that people have go on working only if the new certificate has the same authority and name. "
        "%(count)d people have one.",
        "count",
    ),
    ConsequenceId.PROFILES_GONE: ngettext_lazy(
        "Profiles that people have stop working for good: %(count)d person has one.",
        "Profiles that people have stop working for good: %(count)d people have one.",
        "count",
    ),
    ConsequenceId.QUOTA_LEFT: _("%(what)s: %(used)s of %(limit)s used afterwards (AWS's default quota)."),
    ConsequenceId.QUOTA_NEARLY_USED: _(
        "%(what)s: %(used)s of %(limit)s used afterwards (AWS's default quota). Few are left."
    ),
    ConsequenceId.QUOTA_EXCEEDED: _(
        "%(what)s: %(used)s of %(limit)s would be used. AWS refuses it, unless it has raised its quota for you."
    ),
    ConsequenceId.CONNECTIONS_LIMITED: _(
        "At most %(limit)s connections at once afterwards, instead of %(before)s (AWS's quota)."
    ),
    ConsequenceId.COST_MORE: _(
        "It costs about %(amount)s %(currency)s more a month, for associated subnets."
    ),
    ConsequenceId.COST_LESS: _(
        "It costs about %(amount)s %(currency)s less a month, for associated subnets."
    ),
    ConsequenceId.CONNECTIONS_COST_MORE: _(
        "Connections cost about %(amount)s %(currency)s a month on top, if people are connected as in the last 30 days "
        "of use: %(hours)s hours."
    ),
    ConsequenceId.CONNECTIONS_COST_LESS: _(
        "Connections cost about %(amount)s %(currency)s less a month: %(hours)s hours in the last 30 days."
    ),
    ConsequenceId.CONNECTION_COST: ngettext_lazy(
        "%(count)d connection, which AWS bills at %(price)s %(currency)s an hour.",
        "%(count)d connections, which AWS bills at %(price)s %(currency)s an hour each.",
        "count",
    ),
    ConsequenceId.COST_BASIS: _(
        "Reckoned with %(association)s %(currency)s for a subnet and hour and %(connection)s %(currency)s for a "
        "connection and hour. NAT gateway, IP addresses, traffic and logs are not counted."
    ),
    ConsequenceId.NAT_TRAFFIC_MORE: _(
        "All traffic to the internet goes through the NAT gateway, which AWS charges by volume."
    ),
    ConsequenceId.NAT_TRAFFIC_LESS: _(
        "Less traffic goes through the NAT gateway, which AWS charges by volume."
    ),
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
    Topic.QUOTAS: _("AWS's quotas"),
    Topic.COST: _("Cost"),
}


def consequence_text(consequence: Consequence) -> str:
    """In the current language."""
    values: dict[str, Any] = dict(consequence.values)
    if "quota" in values:
        values["what"] = str(QUOTA_NAMES[values["quota"]]) % values
    return str(CONSEQUENCE_TEXTS[consequence.id] % values)
