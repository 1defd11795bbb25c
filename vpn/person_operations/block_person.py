"""Block people now: offboarding. End their connections, refuse new ones where an endpoint can, and look again later.

A SAML identity is read once, when somebody connects: AWS knows no single logout, a session lasts up to 24 hours, and a
client that is cut off connects again within seconds. So ending connections alone keeps nobody out.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.access.accounts import accounts_named
from portal.text import join_words
from vpn.authorization_policy.queries import PolicyState, find_policy, policy_state
from vpn.aws import deny_list
from vpn.connection_log.models import ConnectionUser
from vpn.endpoints.connect_handler import connect_handler_name
from vpn.endpoints.models import Endpoint
from vpn.operation_plans.consequences import Reconnection, Topic
from vpn.operation_plans.plan import PROFILES_UNAFFECTED, Plan, PlanCheck, PlannedChange, Text
from vpn.operations.base.kind import KindGroup, OperationKind, Parameters, Undo
from vpn.operations.base.step import Step
from vpn.operations.models import Operation
from vpn.person_operations import find_connections
from vpn.person_operations.fields import (
    PeopleForm,
    all_endpoints,
    cost_checks,
    ended,
    nameless_checks,
    others_reset,
    people_data,
    people_on,
    policy_checks,
    policy_states,
    unknown_people_field,
    who_is_meant,
)
from vpn.person_operations.refusal import DenyByList, ForbidByPolicy
from vpn.person_operations.steps import ConfirmNobodyReconnected, EndConnections, EndReconnections

ROUNDS: Final = (2, 5, 10)  # minutes after the beginning


class BlockPersonForm(PeopleForm):
    accept_unknown = unknown_people_field(_("The portal doesn't know this name; block it anyway"))
    hours = forms.TypedChoiceField(
        label=_("Refused until"),
        coerce=int,
        required=False,
        choices=[
            (0, _("somebody lets them in again")),
            (24, _("24 hours from now")),
            (168, _("7 days from now")),
            (720, _("30 days from now")),
        ],
        help_text=_("Only the deny list forgets by itself."),
    )

    def parameters(self) -> Parameters:
        return {**super().parameters(), "hours": self.cleaned_data["hours"] or 0}


def means() -> dict[str, Any]:
    """With what each endpoint can refuse people, as far as the last snapshot tells. JSON, kept with the operation.

    The authorization policy only where there is no deny list: AWS ends every session of an endpoint when an enforced
    policy changes (admin guide, "Device posture", step 4).
    """
    lists, policies, without = {}, [], []
    for endpoint in all_endpoints():
        account = endpoint.account.name
        table = deny_list.table_for(settings.VPN_DENY_LIST_TABLE, account=account)
        if table:
            lists[account] = table
        if table and connect_handler_name(endpoint):
            continue
        without.append(endpoint.label)
        # Where it is known that there is none, nothing is changed and nobody disconnected.
        if settings.VPN_POLICY_FORBID_WHEN and _state(endpoint) is not PolicyState.NONE:
            policies.append([account, endpoint.endpoint_id, endpoint.label])
    return {"lists": lists, "policies": policies, "without_list": without}


def _state(endpoint: Endpoint) -> PolicyState:
    return policy_state(find_policy(endpoint), timezone.now())


class BlockPersonKind(OperationKind):
    slug = "block-person"
    title = _("Block a person now")
    summary = _(
        "Ends all their connections, refuses new ones where that can be done, and looks again for 10 minutes."
    )
    group = KindGroup.PEOPLE
    form = BlockPersonForm
    needs_endpoint = False

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return f"people:{','.join(sorted(parameters['usernames']))}"

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("Block %(who)s") % {"who": join_words(parameters["usernames"])}

    def name_to_type(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        """Of several people the first: typing all would only be copied."""
        return str(parameters["usernames"][0])

    def run_label(self, plan: Plan) -> Text:
        return _("Block now")

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        usernames, available = parameters["usernames"], means()
        live = find_connections.live_connections(usernames)
        until = timezone.now() + timedelta(hours=parameters["hours"]) if parameters["hours"] else None
        listed = [
            PlannedChange(f"deny list {table} ({account})", None, name)
            for account, table in available["lists"].items()
            for name in usernames
        ]
        return Plan(
            changes=(*ended(live), *listed),
            people_meant=who_is_meant(parameters),
            disconnects=people_on([*live, *others_reset(available["policies"], live)]),
            reconnection=_reconnection(available),
            checks=(
                *nameless_checks(),
                *policy_checks(available["policies"]),
                *_checks(available),
                *_until(available, until),
                *_refused_too(usernames, available),
                PROFILES_UNAFFECTED,
                *cost_checks(live),
            ),
            destructive=True,
            undo=_("Undoing lets them connect again, as far as this refused it."),
            before={**available, "until": until.isoformat() if until else None},
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        names = tuple(parameters["usernames"])
        until = datetime.fromisoformat(before["until"]) if before["until"] else None
        refusals: list[Step] = [
            *(DenyByList(account, table, names, until) for account, table in before["lists"].items()),
            *(ForbidByPolicy(account, id_, label, names) for account, id_, label in before["policies"]),
        ]
        rounds = [EndConnections(names), *(EndReconnections(names, after) for after in ROUNDS)]
        return [*refusals, *rounds, ConfirmNobodyReconnected(rounds[-1].key)]

    def undo(self, operation: Operation) -> Undo | None:
        """Whom a deny list refused before stays blocked: that is somebody else's block, and has its own undo."""
        rows = operation.steps.filter(key__startswith="deny:")
        before = {name for row in rows for name in row.before.get("denied", ())}
        given = operation.parameters
        names = [name for name in given["usernames"] if deny_list.normalize_username(name) not in before]
        return Undo("unblock-person", people_data({**given, "usernames": names})) if names else None


def _reconnection(available: Mapping[str, Any]) -> Reconnection:
    states = policy_states(available["policies"]).values()
    open_to_them = len(available["without_list"]) - sum(state is PolicyState.ENFORCED for state in states)
    if not open_to_them:
        return Reconnection.REFUSED
    if open_to_them < len(all_endpoints()):
        return Reconnection.REFUSED_PARTLY
    return Reconnection.BY_ITSELF


def _until(available: Mapping[str, Any], until: datetime | None) -> list[PlanCheck]:
    """Only the deny list forgets by itself."""
    if not available["lists"]:
        return []
    if until is None:
        return [
            PlanCheck("info", _("The deny list keeps them until somebody lets them in again."), Topic.ACCESS)
        ]
    at = date_format(timezone.localtime(until), "DATETIME_FORMAT")
    return [PlanCheck("info", gettext("The deny list forgets them at %(at)s.") % {"at": at}, Topic.ACCESS)]


def _refused_too(usernames: Sequence[str], available: Mapping[str, Any]) -> list[PlanCheck]:
    """Who is refused without being meant.

    The handler folds case, or else whom it refuses would sign in to Active Directory by a name in another case. So it
    can't tell people apart whose identity provider does.
    """
    if not available["lists"]:
        return []
    denied = {deny_list.normalize_username(name) for name in usernames}
    logged = ConnectionUser.objects.filter(lower_username__in=denied).values_list("username", flat=True)
    accounts = accounts_named(denied)
    meant = {accounts.person_key(name) for name in usernames}
    others = sorted({name for name in (*accounts, *logged) if accounts.person_key(name) not in meant})
    if not others:
        return []
    text = gettext(
        "The deny list doesn't tell upper case from lower case: it refuses %(names)s too, who are other people."
    )
    return [PlanCheck("warn", text % {"names": join_words(others)}, Topic.ACCESS)]


def _checks(available: Mapping[str, Any]) -> list[PlanCheck]:
    states = policy_states(available["policies"])
    checks = [
        _how_it_refuses(endpoint, states, by_list=endpoint.label not in available["without_list"])
        for endpoint in all_endpoints()
    ]
    checks.append(
        PlanCheck(
            "warn",
            _("Take their sign-in away at the identity provider too: only that counts everywhere."),
            Topic.ACCESS,
        )
    )
    return checks


def _how_it_refuses(endpoint: Endpoint, states: Mapping[str, PolicyState], *, by_list: bool) -> PlanCheck:
    name = {"label": endpoint.label, "handler": connect_handler_name(endpoint)}
    if by_list:
        text = gettext("%(label)s refuses them: its client connect handler %(handler)s reads the deny list.")
        return PlanCheck("ok", text % name, Topic.ACCESS)
    state = states.get(endpoint.endpoint_id, PolicyState.NONE)
    if state is PolicyState.ENFORCED:
        text = gettext("%(label)s refuses them: its authorization policy forbids them.")
        return PlanCheck("ok", text % name, Topic.ACCESS)
    if state in {PolicyState.NONE, PolicyState.SHADOW}:
        text = gettext("%(label)s can't refuse them: only the identity provider can.")
    else:
        text = gettext(
            "%(label)s can refuse them only by an authorization policy, and the portal doesn't know whether it has one "
            "that is enforced."
        )
    return PlanCheck("warn", text % name, Topic.ACCESS)
