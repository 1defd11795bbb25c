"""Policies and their refusals, in words."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.authorization_policy.queries import PolicyState, RefusedPerson
from vpn.connection_log.policy_texts import token_reason_text
from vpn.endpoints.statuses import StatusBadge

STATES: Final[dict[PolicyState, StatusBadge]] = {
    PolicyState.UNKNOWN: StatusBadge("unknown", _("Not known")),
    PolicyState.NONE: StatusBadge("info", _("None")),
    PolicyState.SHADOW: StatusBadge("warn", _("Shadow mode: nobody is refused")),
    PolicyState.ENFORCED: StatusBadge("ok", _("Enforced")),
    PolicyState.CHANGING: StatusBadge("info", _("AWS is taking over a change")),
    PolicyState.FAILED: StatusBadge("out", _("AWS could not take it over")),
}
# Admin guide, "Supported device trust providers": their names are the same in every language.
PROVIDER_NAMES: Final = {"crowdstrike": "CrowdStrike", "jamf": "Jamf", "jumpcloud": "JumpCloud"}


def provider_name(kind: str) -> str:
    return PROVIDER_NAMES.get(kind, kind)


def mode_text(*, shadow_mode: bool) -> Promise | str:
    return STATES[PolicyState.SHADOW if shadow_mode else PolicyState.ENFORCED].text


def refusal_text(person: RefusedPerson) -> str:
    """Why: by AWS's results, and by the tokens that failed."""
    counted = [
        (person.denied, gettext("denied: %(count)s")),
        (person.failed, gettext("could not be evaluated: %(count)s")),
    ]
    parts = [text % {"count": count} for count, text in counted if count]
    parts += [token_reason_text(reason) for reason in person.token_reasons]
    return gettext(", ").join(parts)
