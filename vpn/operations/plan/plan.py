"""What a confirmation page says before anything changes: made by a kind, from snapshots only."""

import hashlib
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from django.db.models.functions import Lower
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from portal.access.models import User
from vpn.endpoints.models import Endpoint, LiveConnection
from vpn.operations.plan.configuration import EndpointConfiguration
from vpn.operations.plan.consequences import Consequence, Topic, get_topic
from vpn.operations.plan.context import endpoint_configuration, plan_context
from vpn.operations.plan.report import PlanContext, compare_configurations
from vpn.operations.plan.texts import consequence_text

Text = str | Promise


@dataclass(frozen=True)
class PlannedChange:
    """A line of before → after: AWS's member and values, and what each means. None: not there before, or after."""

    name: str
    before: str | None
    after: str | None
    before_words: Text = ""
    after_words: Text = ""


@dataclass(frozen=True)
class PlanCheck:
    """Something that was looked at. ``tone`` is ok, warn, out, info or unknown.

    Without a ``topic`` it stands at the end.
    """

    tone: str
    text: Text
    topic: Topic | None = None


# Of kinds that touch nobody's profile
PROFILES_UNAFFECTED: Final = PlanCheck("ok", _("Profiles that people have go on working."), Topic.PROFILES)


@dataclass(frozen=True)
class PlannedPerson:
    """Somebody who is connected now and won't be. ``name`` is the best that we know: name, user name or common name."""

    name: str
    username: str
    connection_id: str
    since: datetime | None


@dataclass(frozen=True)
class Plan:
    """``destructive``: it asks to type the endpoint's name and, if so configured, for a second person's approval.

    ``reconnects``: those who are disconnected come back by themselves; ``afterwards`` says what becomes of them where
    that isn't the whole truth. ``before`` is kept with the operation, for its
    steps and for undoing; JSON. ``undo`` says what can be undone, and how.
    """

    changes: tuple[PlannedChange, ...]
    disconnects: tuple[PlannedPerson, ...] = ()  # one for each connection
    reconnects: bool = True
    afterwards: Text = ""
    checks: tuple[PlanCheck, ...] = ()
    destructive: bool = False
    undo: Text = ""
    before: dict[str, Any] = field(default_factory=dict)

    @property
    def people(self) -> dict[str, list[PlannedPerson]]:
        """Each with all of their connections; whom AWS doesn't name counts as one a connection."""
        found: dict[str, list[PlannedPerson]] = {}
        for one in self.disconnects:
            found.setdefault(one.username.lower() or one.connection_id, []).append(one)
        return found

    def to_json(self) -> dict[str, Any]:
        """What Operation.plan keeps: no texts, because those are in one language."""
        return {
            "changes": [{"name": one.name, "before": one.before, "after": one.after} for one in self.changes],
            "people": [connections[0].name for connections in self.people.values()],
            "reconnects": self.reconnects,
            "destructive": self.destructive,
        }


# What plans rest on. Who is connected is not in it: that changes all the time, and the page says how old it is.
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
    """Changes when AWS's settings do, so that nobody confirms what they haven't seen."""
    facts = {name: getattr(endpoint, name) for name in DIGEST_FIELDS} if endpoint else {}
    canonical = json.dumps(facts, sort_keys=True, default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


@dataclass(frozen=True)
class Consequences:
    """What follows from a change: the part of a plan that is the same for every kind. ``grave``: somebody loses."""

    disconnects: tuple[PlannedPerson, ...]
    reconnects: bool
    checks: tuple[PlanCheck, ...]
    harmful: bool


def find_consequences(
    endpoint: Endpoint,
    change: Callable[[EndpointConfiguration], EndpointConfiguration],
    *,
    known: PlanContext | None = None,
) -> Consequences:
    """``change`` makes of the last snapshot what it would be afterwards: ``with_route`` and others of impact.state.

    ``known``: what is around the endpoint, if it isn't what is around it now.
    """
    before = endpoint_configuration(endpoint, endpoint.settings)
    found = compare_configurations(before, change(before), known or plan_context(endpoint))
    return Consequences(
        disconnects=people_connected_to(endpoint) if found.disconnects.everybody else (),
        reconnects=found.disconnects.reconnects,
        checks=tuple(make_check(one) for one in found.findings),
        harmful=any(one.tone.value == "out" for one in found.findings),
    )


def make_check(finding: Consequence) -> PlanCheck:
    return PlanCheck(finding.tone.value, consequence_text(finding), get_topic(finding.id))


def people_connected_to(endpoint: Endpoint) -> tuple[PlannedPerson, ...]:
    """Who was connected at ``endpoint.connections_seen_at``, by name."""
    return planned_people(endpoint.live_connections.order_by("username", "connection_id"))


def planned_people(connections: Iterable[LiveConnection]) -> tuple[PlannedPerson, ...]:
    found = list(connections)
    names = dict(
        User.objects.annotate(lower=Lower("username"))
        .filter(lower__in={one.username.lower() for one in found if one.username})
        .values_list("lower", "name")
    )
    return tuple(
        PlannedPerson(
            name=names.get(one.username.lower()) or one.username or one.common_name or one.connection_id,
            username=one.username,
            connection_id=one.connection_id,
            since=one.established_at,
        )
        for one in found
    )
