"""Plan: what a confirmation page says before anything changes. A kind makes it, from snapshots only."""

import hashlib
import json
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from django.db.models import Max
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.access.accounts import accounts_named
from portal.access.models import User
from portal.access.names import account_key
from vpn.authorization_policy.models import EndpointPolicy
from vpn.endpoints.models import Endpoint, LiveConnection
from vpn.endpoints.places import has_transit_gateway
from vpn.operation_plans.configuration import EndpointConfiguration
from vpn.operation_plans.consequences import (
    GRAVEST_FIRST,
    Consequence,
    ConsequenceId,
    Reconnection,
    Tone,
    Topic,
    get_gravity,
    get_topic,
    join_names,
)
from vpn.operation_plans.context import endpoint_configuration, plan_context
from vpn.operation_plans.egress import fixed_addresses, has_unknown_way
from vpn.operation_plans.report import PlanContext, compare_configurations
from vpn.operation_plans.texts import consequence_text
from vpn.operations.models import Operation
from vpn.partners.obstacles import (
    addresses_kept,
    find_obstacles,
    has_partners,
    obstacle_text,
    published_addresses,
)

Text = str | Promise


@dataclass(frozen=True)
class PlannedChange:
    """One line "before → after": the name and values as AWS has them, and texts that explain the values.

    None: it did not exist before, or does not exist after.
    """

    name: str
    before: str | None
    after: str | None
    before_words: Text = ""
    after_words: Text = ""


@dataclass(frozen=True)
class PlanCheck:
    """One line of what was checked. ``tone``: a value of Tone. A check without a ``topic`` comes last.

    ``gravity``: of those with Tone.OUT, the one with the smallest comes first. ``mend_url`` and ``mend_label``: the
    page of what should be done before. ``addresses_lost``: published addresses that the operation takes away.
    """

    tone: str
    text: Text
    topic: Topic | None = None
    gravity: int = len(GRAVEST_FIRST)
    mend_url: str = ""
    mend_label: Text = ""
    addresses_lost: tuple[str, ...] = ()


# For kinds that affect nobody's profile
PROFILES_UNAFFECTED: Final = PlanCheck("ok", _("Profiles that people have go on working."), Topic.PROFILES)


@dataclass(frozen=True)
class PlannedPerson:
    """One connection that the operation ends. ``name``: the first that is known of name, user name and common name."""

    name: str
    username: str
    connection_id: str
    since: datetime | None


@dataclass(frozen=True)
class Plan:
    """What an operation would change, whom it disconnects, and what was checked.

    ``people_meant``: for kinds that act on people, who is meant by what was typed; it stands above everything else.
    ``disconnects``: one entry for each connection that ends. ``reconnection``: how these people come back.
    ``destructive``: the person must type a name, and with OPERATIONS_REQUIRE_APPROVAL a second one must approve; always
    so where a check has Tone.OUT. ``undo``: a text that says what undoing does. ``before`` (JSON) is kept with the
    operation for its steps and its undo.
    """

    changes: tuple[PlannedChange, ...]
    people_meant: tuple[PlanCheck, ...] = ()
    disconnects: tuple[PlannedPerson, ...] = ()
    reconnection: Reconnection = Reconnection.BY_ITSELF
    checks: tuple[PlanCheck, ...] = ()
    destructive: bool = False
    undo: Text = ""
    before: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        # No kind can forget it: whatever takes something from somebody is confirmed with care.
        object.__setattr__(self, "destructive", self.destructive or bool(self.gravest))

    @property
    def gravest(self) -> list[PlanCheck]:
        """What the page says first: each check with Tone.OUT, the gravest before the others."""
        out = [check for check in self.checks if check.tone == Tone.OUT]
        return sorted(out, key=lambda check: check.gravity)

    @property
    def addresses_lost(self) -> tuple[str, ...]:
        """Whoever permits them must have been told before."""
        return tuple(sorted({address for check in self.checks for address in check.addresses_lost}))

    @property
    def reconnects(self) -> bool:
        """Whether those who are disconnected can connect again with what they have."""
        return self.reconnection in {
            Reconnection.BY_ITSELF,
            Reconnection.REFUSED_PARTLY,
            Reconnection.IF_PERMITTED,
        }

    @property
    def people(self) -> dict[str, list[PlannedPerson]]:
        """Each person's connections. A connection without a user name counts as a person of its own."""
        people: dict[str, list[PlannedPerson]] = {}
        for connection in self.disconnects:
            key = account_key(connection.username) or connection.connection_id
            people.setdefault(key, []).append(connection)
        return people

    def to_json(self) -> dict[str, Any]:
        """What Operation.plan keeps: no texts, because those are in one language."""
        return {
            "changes": [
                {"name": change.name, "before": change.before, "after": change.after}
                for change in self.changes
            ],
            "people": [connections[0].name for connections in self.people.values()],
            "usernames": sorted({connection.username for connection in self.disconnects} - {""}),
            "reconnects": self.reconnects,
            "reconnection": self.reconnection,
            "destructive": self.destructive,
            **({"addresses_lost": list(self.addresses_lost)} if self.addresses_lost else {}),
        }


IMPORT_REVOCATION_LIST: Final = "import-revocation-list"
# What plans depend on. Live connections are left out: they change all the time, and the page says when they were seen.
DIGEST_FIELDS = (
    "status",
    "client_cidr_block",
    "vpc_id",
    "split_tunnel",
    "vpn_port",
    "target_networks",
    "authorization_rules",
    "routes",
    "settings",
    "vanished_at",
)


def settings_digest(endpoint: Endpoint | None) -> str:
    """A SHA-256 that changes with the endpoint's settings, so that nobody confirms a plan that is out of date."""
    facts = {name: getattr(endpoint, name) for name in DIGEST_FIELDS} if endpoint else {}
    # It is read apart from the snapshot, and only plans of policies and blocks depend on it.
    policy = EndpointPolicy.objects.filter(endpoint=endpoint).first() if endpoint else None
    if policy is not None:
        facts["policy"] = [policy.document, policy.shadow_mode, policy.status]
    # No snapshot has the revocation list, so a newer one is known only by the operation that imported it.
    last_import = _last_import(endpoint) if endpoint else None
    if last_import is not None:
        facts["revocation_list"] = last_import
    # Sorted, because PostgreSQL's jsonb does not keep the order of keys.
    canonical = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _last_import(endpoint: Endpoint) -> int | None:
    """The number of the newest operation that imported a revocation list."""
    imports = Operation.objects.filter(
        endpoint=endpoint, kind=IMPORT_REVOCATION_LIST, steps__acted_at__isnull=False
    )
    last: int | None = imports.aggregate(last=Max("number"))["last"]
    return last


@dataclass(frozen=True)
class Consequences:
    """The part of a plan that is the same for every kind."""

    disconnects: tuple[PlannedPerson, ...]
    reconnection: Reconnection
    checks: tuple[PlanCheck, ...]


def find_consequences(
    endpoint: Endpoint,
    change: Callable[[EndpointConfiguration], EndpointConfiguration],
    *,
    known: PlanContext | None = None,
    ends_pause: bool = False,
) -> Consequences:
    """``change`` returns the configuration after the change; see ``with_route`` and others in configuration.py.

    ``known`` replaces the context that would be read from the database. ``ends_pause``: the endpoint gets back what a
    pause took from it, so no address counts as lost.
    """
    before = endpoint_configuration(endpoint, endpoint.settings)
    zones = has_transit_gateway(endpoint)
    after = change(before)
    report = compare_configurations(before, after, known or plan_context(endpoint))
    return Consequences(
        disconnects=people_connected_to(endpoint) if report.disconnects.everybody else (),
        reconnection=report.disconnects.reconnection,
        checks=(
            *(
                replace(make_check(consequence, zones=zones), **_mending(endpoint, consequence))
                for consequence in report.consequences
            ),
            *_partner_checks(endpoint, _addresses_lost(endpoint, before, after, ends_pause=ends_pause)),
            *_unannounced_checks(endpoint, set(fixed_addresses(after)) - set(fixed_addresses(before))),
        ),
    )


def _addresses_lost(
    endpoint: Endpoint, before: EndpointConfiguration, after: EndpointConfiguration, *, ends_pause: bool
) -> tuple[str, ...]:
    """A pause takes none away: they are published as those of a standby, and come back with the endpoint."""
    if not after.exists:
        return published_addresses(endpoint)
    if not after.subnets:
        return ()
    had = set(fixed_addresses(before))
    # Else another subnet could follow a pause, and nobody would ever be asked about the addresses of the former one.
    if not before.subnets and not ends_pause and not has_unknown_way(after):
        had = set(addresses_kept(endpoint))
    return tuple(sorted(had - set(fixed_addresses(after))))


def _partner_checks(endpoint: Endpoint, lost: tuple[str, ...]) -> tuple[PlanCheck, ...]:
    if not lost:
        return ()
    if not has_partners(endpoint):
        # Kept all the same: there may be a partner when it begins.
        text = _("No partner is entered for this endpoint, so nobody is asked.")
        return (PlanCheck(Tone.INFO.value, text, Topic.INTERNET, addresses_lost=lost),)
    obstacles = find_obstacles(endpoint, lost)
    if not obstacles:
        text = _("All partners who permit these addresses know that they go.")
        return (PlanCheck(Tone.OK.value, text, Topic.INTERNET, addresses_lost=lost),)
    return tuple(
        PlanCheck(
            Tone.OUT.value,
            obstacle_text(obstacle),
            Topic.INTERNET,
            # Before everything else that somebody loses: the operation isn't taken at all.
            gravity=-1,
            mend_url=obstacle.url,
            mend_label=_("Tell the partners"),
            addresses_lost=lost,
        )
        for obstacle in obstacles
    )


def _unannounced_checks(endpoint: Endpoint, added: Collection[str]) -> tuple[PlanCheck, ...]:
    """A warning only: who permits too little is refused until they have permitted it, and nothing is lost."""
    unknown = sorted(set(added) - set(published_addresses(endpoint))) if added else []
    if not unknown or not has_partners(endpoint):
        return ()
    text = _(
        "Partners haven't been told of %(addresses)s yet. Announce it in the allow list first, or they refuse people "
        "who come from there."
    ) % {"addresses": join_names(unknown)}
    return (PlanCheck(Tone.WARN.value, text, Topic.INTERNET),)


def _mending(endpoint: Endpoint, consequence: Consequence) -> dict[str, Any]:
    """Only a route that is left over with split tunnel can be mended by another operation."""
    if consequence.id is not ConsequenceId.TUNNEL_LOOP:
        return {}
    query = urlencode({"endpoint": endpoint.endpoint_id})
    url = f"{reverse('operation_new', args=['delete-route'])}?{query}"
    return {"mend_url": url, "mend_label": _("Delete a route")}


def make_check(consequence: Consequence, *, zones: bool = False) -> PlanCheck:
    return PlanCheck(
        consequence.tone.value,
        consequence_text(consequence, zones=zones),
        get_topic(consequence.id),
        get_gravity(consequence.id),
    )


def people_connected_to(endpoint: Endpoint) -> tuple[PlannedPerson, ...]:
    """Everybody who was connected at ``endpoint.connections_seen_at``, by user name."""
    return planned_people(endpoint.live_connections.order_by("username", "connection_id"))


def planned_people(connections: Iterable[LiveConnection]) -> tuple[PlannedPerson, ...]:
    rows = list(connections)
    accounts = accounts_named(row.username for row in rows)
    return tuple(_planned_person(row, accounts.get(row.username)) for row in rows)


def _planned_person(connection: LiveConnection, account: User | None) -> PlannedPerson:
    """By the account's user name, where there is one: two connections may have it in two cases."""
    username = account.username if account else connection.username
    return PlannedPerson(
        name=(account.name if account else "")
        or username
        or connection.common_name
        or connection.connection_id,
        username=username,
        connection_id=connection.connection_id,
        since=connection.established_at,
    )
