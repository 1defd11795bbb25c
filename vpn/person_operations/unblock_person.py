"""Let people connect again whom the portal blocked."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.access.names import is_same_account
from portal.text import join_words
from vpn.endpoints.models import Endpoint
from vpn.operation_plans.consequences import Topic
from vpn.operation_plans.plan import PROFILES_UNAFFECTED, Plan, PlanCheck, PlannedChange
from vpn.operations.base.kind import KindGroup, OperationKind, Parameters, Undo
from vpn.operations.base.step import Step
from vpn.operations.models import Operation
from vpn.person_operations.block_person import means
from vpn.person_operations.fields import (
    PeopleForm,
    others_reset,
    people_data,
    people_on,
    policy_checks,
    unknown_people_field,
    who_is_meant,
)
from vpn.person_operations.refusal import AdmitByList, PermitByPolicy
from vpn.person_operations.steps import ConfirmComplete


def past_blocks(username: str) -> list[Operation]:
    """Somebody may have been blocked by an address whose case isn't that of the account they have since."""
    # Compared here and not in SQL: the rule of what is one person is account_key's, and blocks are few.
    blocks = Operation.objects.filter(kind="block-person").only("parameters", "before")
    return [
        block
        for block in blocks
        if any(is_same_account(name, username) for name in block.parameters["usernames"])
    ]


def usable_means(usernames: Sequence[str]) -> dict[str, Any]:
    """The means that there are now, and those by which these people were ever blocked, though settings have changed."""
    available = means()
    policies = {tuple(policy) for policy in available["policies"]}
    for name in usernames:
        for block in past_blocks(name):
            available["lists"] = block.before["lists"] | available["lists"]
            policies |= {tuple(policy) for policy in block.before["policies"]}
    return {"lists": available["lists"], "policies": sorted(map(list, policies))}


def forbidding_policies(usernames: Sequence[str]) -> list[list[str]]:
    """The policies in which these people were ever forbidden: permitting them again changes no other one."""
    blocks = [block for name in usernames for block in past_blocks(name)]
    return sorted(map(list, {tuple(policy) for block in blocks for policy in block.before["policies"]}))


class UnblockPersonForm(PeopleForm):
    accept_unknown = unknown_people_field(_("The portal doesn't know this name; let it connect anyway"))

    def known_username(self, text: str) -> str:
        """Who was blocked by a name that the portal doesn't know must not need a tick to be let in again."""
        return text if past_blocks(text) else ""


class UnblockPersonKind(OperationKind):
    slug = "unblock-person"
    title = _("Let a person connect again")
    summary = _("Takes them off the deny lists, and out of the authorization policies.")
    group = KindGroup.PEOPLE
    form = UnblockPersonForm
    needs_endpoint = False
    time_limit = timedelta(minutes=30)

    def lock_name(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return f"people:{','.join(sorted(parameters['usernames']))}"

    def heading(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        return gettext("Let %(who)s connect again") % {"who": join_words(parameters["usernames"])}

    def name_to_type(self, endpoint: Endpoint | None, parameters: Parameters) -> str:
        """Asked for only where everybody of an endpoint is disconnected by it."""
        return str(parameters["usernames"][0])

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        usernames = parameters["usernames"]
        used, policies = usable_means(usernames), forbidding_policies(usernames)
        listed = [
            PlannedChange(f"deny list {table} ({account})", name, None)
            for account, table in used["lists"].items()
            for name in usernames
        ]
        return Plan(
            changes=tuple(listed),
            people_meant=who_is_meant(parameters),
            disconnects=people_on(others_reset(policies, [])),
            checks=(
                *policy_checks(policies),
                PlanCheck("info", _("Their sign-in at the identity provider is not touched."), Topic.ACCESS),
                PROFILES_UNAFFECTED,
            ),
            undo=_("Undoing blocks them again."),
            before=used,
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        names = tuple(parameters["usernames"])
        return [
            *(AdmitByList(account, table, names) for account, table in before["lists"].items()),
            *(PermitByPolicy(account, id_, label, names) for account, id_, label in before["policies"]),
            ConfirmComplete(),
        ]

    def undo(self, operation: Operation) -> Undo | None:
        return Undo("block-person", {**people_data(operation.parameters), "hours": "0"})
