"""A sentence for each consequence, where its values are known."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from vpn.operation_plans.consequences import ConsequenceId

CONSEQUENCE_TEXTS: dict[ConsequenceId, Promise] = {
    ConsequenceId.RESET_SERVER_CERTIFICATE: _("A change of the server certificate resets every connection."),
    ConsequenceId.RESET_DNS_SERVERS: _("A change of the DNS servers resets every connection."),
    ConsequenceId.RESET_SPLIT_TUNNEL: _("A change of split tunnel resets every connection."),
    ConsequenceId.RESET_ROUTES: _("With split tunnel, a change of routes resets every connection."),
    ConsequenceId.RESET_RULES: _("A change of authorization rules resets every connection."),
    ConsequenceId.RESET_REVOCATION_LIST: _("A new certificate revocation list resets every connection."),
    ConsequenceId.RESET_PORT: _("A change of the port resets every connection."),
    ConsequenceId.SUBNET_GONE: _(
        "Who is connected through %(subnet)s is disconnected. AWS doesn't say who that is; their VPN client usually "
        "connects again by itself."
    ),
    ConsequenceId.LAST_SUBNET_GONE: _(
        "The endpoint has no subnet left: nobody can connect until one is associated again."
    ),
    ConsequenceId.ENDPOINT_GONE: _("The endpoint is deleted for good."),
    ConsequenceId.POLICY_RESETS: _(
        "If %(labels)s has an authorization policy, changing it ends every connection there, not only theirs."
    ),
    ConsequenceId.TUNNEL_LOOP: _(
        "Split tunnel with a route to everywhere (%(subnets)s): AWS VPN Client for Windows then connects and "
        "disconnects without end. Delete this route first."
    ),
    ConsequenceId.NOBODY_RESET: _("Running connections stay."),
    ConsequenceId.NOBODY_CONNECTED: _("The endpoint has no subnet now, so nobody is connected."),
    ConsequenceId.ACCESS_GAINED: ngettext_lazy(
        "%(count)s person gains access to %(network)s: %(names)s.",
        "%(count)s people gain access to %(network)s: %(names)s.",
        "count",
    ),
    ConsequenceId.ACCESS_LOST: ngettext_lazy(
        "%(count)s person loses access to %(network)s: %(names)s.",
        "%(count)s people lose access to %(network)s: %(names)s.",
        "count",
    ),
    ConsequenceId.ACCESS_SHADOWED: ngettext_lazy(
        "%(count)s person who reached %(network)s by a wider rule is shut out, because AWS goes by the narrowest rule: "
        "%(names)s.",
        "%(count)s people who reached %(network)s by a wider rule are shut out, because AWS goes by the narrowest "
        "rule: %(names)s.",
        "count",
    ),
    ConsequenceId.ACCESS_STOPS: ngettext_lazy(
        "%(count)s person who connected within 30 days can't connect any more.",
        "%(count)s people who connected within 30 days can't connect any more.",
        "count",
    ),
    ConsequenceId.ACCESS_STARTS: ngettext_lazy(
        "%(count)s person who connected within 30 days before can connect again.",
        "%(count)s people who connected within 30 days before can connect again.",
        "count",
    ),
    ConsequenceId.ACCESS_UNCHANGED: _(
        "For the people whom the portal knows, nothing changes in what they reach."
    ),
    ConsequenceId.ACCESS_BY_LAST_SIGN_IN: _(
        "Counted are people who have signed in to the portal, with their groups at the last sign-in."
    ),
    ConsequenceId.ACCESS_OF_STRANGERS: ngettext_lazy(
        "Counted are people who have signed in to the portal. %(count)s of the %(recent)s who connected within 30 days "
        "never has: what changes for them isn't known.",
        "Counted are people who have signed in to the portal. %(count)s of the %(recent)s who connected within 30 days "
        "never have: what changes for them isn't known.",
        "count",
    ),
    ConsequenceId.ACCESS_EVERYBODY_EVERYWHERE: _(
        "Everybody who can sign in may then reach every destination (%(network)s), unless a narrower rule decides "
        "otherwise."
    ),
    ConsequenceId.EXPECTATIONS_BROKEN: ngettext_lazy(
        "This would break %(count)s expectation: %(names)s.",
        "This would break %(count)s expectations: %(names)s.",
        "count",
    ),
    ConsequenceId.EXPECTATIONS_MET: ngettext_lazy(
        "The %(count)s expectation about who reaches what holds.",
        "All %(count)s expectations about who reaches what hold.",
        "count",
    ),
    ConsequenceId.CERTIFICATES_REVOKED: ngettext_lazy(
        "%(count)s certificate is newly revoked: whoever has it can't connect any more.",
        "%(count)s certificates are newly revoked: whoever has one can't connect any more.",
        "count",
    ),
    ConsequenceId.CERTIFICATES_NONE_REVOKED: _("No certificate is newly revoked."),
    ConsequenceId.CERTIFICATES_VALID_AGAIN: ngettext_lazy(
        "%(count)s certificate is valid again: whoever has it can connect again.",
        "%(count)s certificates are valid again: whoever has one can connect again.",
        "count",
    ),
    ConsequenceId.CERTIFICATES_UNKNOWN_BEFORE: _(
        "The portal has not seen the list that AWS has now: certificates that are only on that one become valid again. "
        "“Export the revocation list” fetches it."
    ),
    ConsequenceId.HANDLER_REMOVED: _(
        "No function decides any more who may connect: the deny list no longer works on this endpoint."
    ),
    ConsequenceId.HANDLER_CHANGED: _(
        "Another function decides who may connect. Only if it reads the deny list, the list goes on working here."
    ),
    ConsequenceId.BLOCKED_FREE: ngettext_lazy(
        "%(count)s blocked person may connect again: %(names)s.",
        "%(count)s blocked people may connect again: %(names)s.",
        "count",
    ),
    ConsequenceId.BLOCKED_DOUBTFUL: ngettext_lazy(
        "%(count)s blocked person may connect again if it doesn't: %(names)s.",
        "%(count)s blocked people may connect again if it doesn't: %(names)s.",
        "count",
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
    ConsequenceId.FIXED_IP_NONE: _("Through %(subnet)s nobody has a fixed IP address. %(why)s"),
    ConsequenceId.FIXED_IP_MAY_GROW: _("Through %(subnet)s the fixed IP address may change. %(why)s"),
    ConsequenceId.INTERNET_LOST: _(
        "Through %(subnets)s nobody reaches the internet: with full tunnel, that needs an authorization rule for "
        "%(everywhere)s and a route %(everywhere)s on each subnet."
    ),
    ConsequenceId.INTERNET_DEAD_END: _("Whoever is connected through %(subnet)s has no internet. %(why)s"),
    ConsequenceId.INTERNET_REACHED: _(
        "%(everywhere)s has an authorization rule, and a route on each associated subnet."
    ),
    ConsequenceId.DNS_NONE: _(
        "Full tunnel without a DNS server: Windows sends all DNS through the tunnel, so names may not resolve there. "
        "Set one that is reachable through the VPN, like the VPC's own (the VPC's base address plus two), and try it "
        "on a Windows computer."
    ),
    ConsequenceId.DNS_SHUT_OUT: _(
        "No authorization rule lets anybody reach the DNS server %(servers)s: names don't resolve."
    ),
    ConsequenceId.PROFILES_STAY: _("Profiles that people have go on working."),
    ConsequenceId.PROFILES_STOP: ngettext_lazy(
        "Profiles that people have stop working: %(count)s person who connected within 30 days needs the new one.",
        "Profiles that people have stop working: %(count)s people who connected within 30 days need the new one.",
        "count",
    ),
    ConsequenceId.PROFILES_DOUBTFUL: ngettext_lazy(
        "Profiles that people have go on working only if the new certificate has the same authority and name. "
        "%(count)s person connected within 30 days.",
        "Profiles that people have go on working only if the new certificate has the same authority and name. "
        "%(count)s people connected within 30 days.",
        "count",
    ),
    ConsequenceId.PROFILES_POSTURE: ngettext_lazy(
        "Everybody must download the profile again and import it into AWS VPN Client %(version)s or newer: older "
        "clients and profiles bring no token about the device. %(count)s person connected within 30 days.",
        "Everybody must download the profile again and import it into AWS VPN Client %(version)s or newer: older "
        "clients and profiles bring no token about the device. %(count)s people connected within 30 days.",
        "count",
    ),
    ConsequenceId.PROFILES_POSTURE_OFF: _(
        "Profiles that people have go on working. Until they are downloaded again, the client goes on bringing the "
        "token."
    ),
    ConsequenceId.PROFILES_GONE: ngettext_lazy(
        "Profiles that people have never work again: %(count)s person connected within 30 days.",
        "Profiles that people have never work again: %(count)s people connected within 30 days.",
        "count",
    ),
    ConsequenceId.LOG_OFF: _(
        "Connections are no longer recorded: who connected when, from where and with which address can't be looked up "
        "afterwards."
    ),
    ConsequenceId.LOG_ON: _("Connections are recorded in %(group)s."),
    ConsequenceId.LOG_GROUP_UNSEEN: _(
        "The portal has never seen the log group %(group)s. AWS makes none: unless it exists and the portal may read "
        "it, connections are not recorded here."
    ),
    ConsequenceId.LOG_GROUP_CHANGED: _(
        "New connections are recorded in %(after)s. What %(before)s has stays there."
    ),
    ConsequenceId.ROUTE_OFFICE_PUBLIC: _(
        "%(network)s is no private network: traffic for these addresses of the internet would go to the office."
    ),
    ConsequenceId.ROUTE_OFFICE_WITHOUT_VPN: _(
        "The account has no Site-to-Site VPN: as far as the portal sees, nothing leads from here to the office."
    ),
    ConsequenceId.QUOTA_LEFT: _("%(what)s: %(used)s of %(limit)s used afterwards (%(origin)s)."),
    ConsequenceId.QUOTA_NEARLY_USED: _(
        "%(what)s: %(used)s of %(limit)s used afterwards (%(origin)s). Few are left."
    ),
    ConsequenceId.QUOTA_EXCEEDED: _(
        "%(what)s: %(used)s of %(limit)s would be used (%(origin)s). AWS refuses more than its quota."
    ),
    ConsequenceId.CONNECTIONS_LIMITED: _(
        "At most %(limit)s connections at once afterwards, instead of %(before)s (%(origin)s)."
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
        "%(count)s connection, which AWS bills at %(price)s %(currency)s an hour (%(origin)s).",
        "%(count)s connections, which AWS bills at %(price)s %(currency)s an hour each (%(origin)s).",
        "count",
    ),
    ConsequenceId.COST_BASIS: _(
        "Based on %(association)s %(currency)s per subnet-hour and %(connection)s %(currency)s per connection-hour "
        "(%(origin)s). NAT gateway, IP addresses, traffic and logs are not counted."
    ),
    ConsequenceId.NAT_TRAFFIC_MORE: _(
        "All traffic to the internet goes through the NAT gateway, which AWS charges by volume."
    ),
    ConsequenceId.NAT_TRAFFIC_LESS: _(
        "Less traffic goes through the NAT gateway, which AWS charges by volume."
    ),
}
# Where the connection log doesn't tell how many people it is
