"""R3: everybody signs in with the company account, and whoever has left gets in no more."""

from datetime import timedelta
from typing import Any, Final

from django.utils.translation import gettext_noop as _

from vpn.assurance.facts import Facts
from vpn.assurance.part import PartResult, RequirementPart, fails, holds, unknown, warns
from vpn.assurance.snapshot_doubt import error_text, while_usable
from vpn.authorization_policy.queries import OLD as POLICY_OLD
from vpn.certificates.models import Certificate
from vpn.certificates.pages import OLD as CERTIFICATE_OLD
from vpn.certificates.queries import needs_renewal
from vpn.certificates.services import endpoint_certificates
from vpn.endpoints.models import Endpoint
from vpn.endpoints.sources import is_read

FEDERATED: Final = "federated-authentication"
FINDINGS_OLD: Final = timedelta(minutes=40)
LONG_IN_SHADOW: Final = timedelta(days=30)


@while_usable
def _federated(facts: Facts, endpoint: Endpoint) -> PartResult:
    if FEDERATED in endpoint.authentication:
        return holds(_("People sign in by SAML with the company account."))
    return fails(
        _("The endpoint asks for %(names)s, not for the company account."),
        subjects=tuple(endpoint.authentication),
        names=endpoint.authentication,
    )


@while_usable
def _endpoint_certificates(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    if not is_read("certificates"):
        return unknown(_("Until when the certificates are valid isn't read (VPN_SOURCES)."))
    named = endpoint_certificates(endpoint)
    seen = {
        (row.kind, row.reference): row for row in facts.certificates if row.account_id == endpoint.account_id
    }
    missing = [kind for kind, reference in named if (kind, reference) not in seen]
    if not named:
        return None
    if missing:
        return unknown(_("Not every certificate has been looked at yet."))
    return _certificates(facts, [seen[kind, reference] for kind, reference in named])


def _own_certificates(facts: Facts) -> PartResult | None:
    """The identity provider's metadata and this portal's own TLS certificate."""
    own = [row for row in facts.certificates if row.account_id is None]
    return _certificates(facts, own) if own else unknown(_("Not every certificate has been looked at yet."))


def _certificates(facts: Facts, certificates: list[Certificate]) -> PartResult:
    """Expired ones fail at once, for AWS and browsers refuse them; what ends within 60 days is said before."""
    expired = [row for row in certificates if row.not_after is not None and row.not_after <= facts.now]
    if expired:
        return fails(
            _("Expired: %(names)s."),
            subjects=tuple(map(str, expired)),
            final=True,
            names=[str(row) for row in expired],
        )
    unread = [row for row in certificates if row.error_id or _is_old(row, facts)]
    if unread:
        return unknown(
            _("Until when %(names)s is valid isn't known. %(reason_text)s"),
            names=[str(row) for row in unread],
            reason_text=error_text(unread[0]),
        )
    ending = sorted(
        (
            (row.not_after, str(row))
            for row in certificates
            if row.not_after and needs_renewal(row, facts.now)
        ),
    )
    if ending:
        return warns(
            _("%(names)s: valid until %(until_at)s (days left: %(count)s)."),
            subjects=tuple(name for _at, name in ending),
            names=[name for _at, name in ending],
            until_at=ending[0][0].isoformat(),
            count=(ending[0][0] - facts.now).days,
        )
    ends = [row.not_after for row in certificates if row.not_after]
    if not ends:
        return holds(_("No certificate has an end."))
    return holds(
        _("The certificates are valid until %(until_at)s or longer."), until_at=min(ends).isoformat()
    )


def _is_old(row: Certificate, facts: Facts) -> bool:
    return row.seen_at is None or row.seen_at < facts.now - CERTIFICATE_OLD


@while_usable
def _groups(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    """Of rules that name a group; the groups of Active Directory are in no Identity Store."""
    rules = [row for row in endpoint.authorization_rules if row["group_id"]]
    if FEDERATED not in endpoint.authentication:
        return None
    if not rules:
        return warns(_("No authorization rule names a group: whoever can sign in gets in."))
    if facts.groups is None:
        return unknown(_("Whether the groups exist isn't known: the directory isn't read, or wasn't lately."))
    dead = [row for row in rules if row["group_id"] not in facts.groups]
    values: dict[str, Any] = {
        "count": len(dead),
        "all": len(rules),
        "names": [
            f"{row['destination_cidr']} {facts.group_labels.get(row['group_id'], row['group_id'])}"
            for row in dead
        ],
    }
    subjects = tuple(f"{row['destination_cidr']} {row['group_id']}" for row in dead)
    sentence = _("Rules for groups that don't exist: %(count)s of %(all)s (%(names)s).")
    if len(dead) == len(rules):
        return fails(sentence, subjects=subjects, **values)
    if dead:
        return warns(sentence, subjects=subjects, **values)
    return holds(_("All %(all)s rules that name a group name one that exists."), all=len(rules))


def _leavers(facts: Facts) -> PartResult:
    """How many, and never who: that stands with the findings, where reading it is recorded."""
    if facts.groups is None:
        return unknown(_("Who has left isn't known: the directory isn't read, or wasn't lately."))
    run = facts.rule_runs.get("left-directory")
    if run is None or run.judged_at is None or run.judged_at < facts.now - FINDINGS_OLD:
        return unknown(_("Nobody has compared the log with the directory lately."))
    left = facts.findings.get("left-directory", ())
    if left:
        return fails(_("Not in the directory, but connected within a week: %(count)s."), count=len(left))
    return holds(_("Everybody who connected within a week is in the directory."))


@while_usable
def _session(facts: Facts, endpoint: Endpoint) -> PartResult:
    hours = endpoint.session_timeout_hours
    ends = endpoint.settings.get("DisconnectOnSessionTimeout")
    if hours is None or ends is None:
        return unknown(_("How long a session lasts, and what happens at its end, hasn't been read."))
    if not ends:
        return warns(
            _("At the end of a session (%(count)s hours) the client tries to connect again by itself."),
            subjects=(endpoint.label,),
            count=hours,
        )
    return holds(_("A session ends after %(count)s hours; then people sign in again."), count=hours)


@while_usable
def _policy(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    """Early warning: shadow mode refuses nobody, and whoever forgets it believes that it does."""
    policy = facts.policies.get(endpoint.pk)
    if not is_read("policies") or policy is None or not policy.document:
        return None
    if policy.error_id or policy.seen_at is None or policy.seen_at < facts.now - POLICY_OLD:
        return unknown(_("The authorization policy couldn't be read lately."))
    since = policy.changed_at
    if policy.shadow_mode and since is not None and since < facts.now - LONG_IN_SHADOW:
        return warns(
            _("The authorization policy has been in shadow mode since %(since_at)s: it refuses nobody."),
            subjects=(endpoint.label,),
            since_at=since.isoformat(),
        )
    return holds(_("The authorization policy is enforced, or hasn't been in shadow mode for long."))


PARTS: Final = (
    RequirementPart("company-account", _federated),
    RequirementPart("certificates", _endpoint_certificates),
    RequirementPart("portal-certificates", of_all=_own_certificates),
    RequirementPart("groups", _groups),
    RequirementPart("leavers", of_all=_leavers),
    RequirementPart("session", _session),
    RequirementPart("authorization-policy", _policy),
)
