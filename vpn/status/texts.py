"""The five requirements as an employee reads them: what is so, and what to do."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from vpn.assurance.models import Requirement, RequirementValue

BADGES: Final[dict[str, Promise]] = {
    "ok": pgettext_lazy("status page", "Normal"),
    "warn": pgettext_lazy("status page", "Attention"),
    "out": pgettext_lazy("status page", "Problem"),
    "unknown": pgettext_lazy("status page", "Not known"),
}
DAYS: Final[dict[str, Promise]] = BADGES | {"gap": pgettext_lazy("status page", "Nobody looked")}

SENTENCES: Final[dict[tuple[Requirement, RequirementValue], Promise]] = {
    (Requirement.FIXED_ADDRESS, RequirementValue.HOLDS): _(
        "Your traffic leaves by the company's fixed IP addresses."
    ),
    (Requirement.FIXED_ADDRESS, RequirementValue.FAILS): _(
        "Services that allow only the company's fixed IP address may refuse you."
    ),
    (Requirement.OFFICE_INDEPENDENT, RequirementValue.HOLDS): _(
        "Nothing that you need to connect lies in the office."
    ),
    (Requirement.OFFICE_INDEPENDENT, RequirementValue.FAILS): _(
        "You can connect now. On a day when the office network is down, it might not work for everybody."
    ),
    (Requirement.ACCOUNTS, RequirementValue.HOLDS): _("Signing in with your company account works."),
    (Requirement.ACCOUNTS, RequirementValue.FAILS): _(
        "Signing in may fail, or an account isn't as it should be. Your administrators can see which."
    ),
    (Requirement.LOGGED, RequirementValue.HOLDS): _("Connections are recorded. You need to do nothing."),
    (Requirement.LOGGED, RequirementValue.FAILS): _(
        "Your connection works, but its record may be incomplete. You need to do nothing."
    ),
    (Requirement.OFFICE_REACHED, RequirementValue.HOLDS): _(
        "Internal systems can be reached through the VPN."
    ),
    (Requirement.OFFICE_REACHED, RequirementValue.FAILS): _(
        "Internal systems can't be reached through the VPN by all ways at the moment."
    ),
}
WARNING: Final = _("It works. Your administrators have something to see to before it fails.")
UNKNOWN: Final = _("It can't be told at the moment. That doesn't mean that it fails.")
ACCEPTED: Final = _("There is a limit that is known and accepted for now.")


def requirement_sentence(requirement: Requirement, value: RequirementValue, *, warning: bool) -> Promise:
    """One sentence for everybody; it names nobody and no rule."""
    if value is RequirementValue.UNKNOWN:
        return UNKNOWN
    if value is RequirementValue.ACCEPTED:
        return ACCEPTED
    if value is RequirementValue.HOLDS and warning:
        return WARNING
    return SENTENCES[requirement, value]
