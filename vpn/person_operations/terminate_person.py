"""End all connections of a person, on every endpoint."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.text import join_words
from vpn.endpoints.models import Endpoint
from vpn.operation_plans.consequences import Topic
from vpn.operation_plans.plan import PROFILES_UNAFFECTED, Plan, PlanCheck
from vpn.operations.base.kind import KindGroup, OperationKind, Parameters
from vpn.operations.base.step import Step
from vpn.person_operations import find_connections
from vpn.person_operations.fields import (
    PeopleForm,
    cost_checks,
    ended,
    nameless_checks,
    people_on,
    unknown_people_field,
    who_is_meant,
)
from vpn.person_operations.steps import ConfirmAllEnded, EndConnections


class TerminatePersonForm(PeopleForm):
    accept_unknown = unknown_people_field(
        _("The portal doesn't know this name; look for its connections anyway")
    )


class TerminatePersonKind(OperationKind):
    slug = "terminate-person"
    title = _("End all connections of a person")
    summary = _("On every endpoint, however many they are. Their computers may connect again by themselves.")
    group = KindGroup.PEOPLE
    form = TerminatePersonForm
    needs_endpoint = False
    time_limit = timedelta(minutes=30)

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return f"people:{','.join(sorted(parameters['usernames']))}"

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("End all connections of %(who)s") % {"who": join_words(parameters["usernames"])}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        usernames = parameters["usernames"]
        live = find_connections.live_connections(usernames)
        lets_in = PlanCheck(
            "info",
            _("This locks nobody out. “Block” does."),
            Topic.ACCESS,
        )
        return Plan(
            changes=ended(live),
            people_meant=who_is_meant(parameters),
            disconnects=people_on(live),
            checks=(
                *nameless_checks(),
                lets_in,
                PROFILES_UNAFFECTED,
                *cost_checks(live),
            ),
            undo=_("This can't be undone."),
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        ending = EndConnections(tuple(parameters["usernames"]), patient=True)
        return [ending, ConfirmAllEnded(ending.key)]
