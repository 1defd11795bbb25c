"""R4: connections are logged, the log is kept, and the portal's own record is whole."""

from datetime import timedelta
from typing import Final

from django.utils.translation import gettext_noop as _

from vpn.assurance.facts import Facts
from vpn.assurance.part import PartResult, RequirementPart, fails, holds, unknown
from vpn.assurance.questions import stated
from vpn.assurance.snapshot_doubt import error_text, while_usable
from vpn.endpoints.models import Endpoint

BEHIND: Final = timedelta(minutes=15)
# Findings are looked for every ten minutes; after a few missed ones they are no witness.
FINDINGS_OLD: Final = timedelta(minutes=40)
# The whole chain is walked through in rounds, and each evaluation goes on with it.
CHAIN_OLD: Final = timedelta(hours=26)


@while_usable
def _on(facts: Facts, endpoint: Endpoint) -> PartResult:
    if not endpoint.log_group:
        # AWS says so itself: it is no failure that may pass.
        return fails(_("Connection logging is switched off."), subjects=(endpoint.label,), final=True)
    return holds(_("Connections are logged into %(group)s."), group=endpoint.log_group)


@while_usable
def _read(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    if not endpoint.log_group:
        return None
    source = facts.log_sources.get((endpoint.account_id, endpoint.log_group))
    if source is None or source.attempted_at is None:
        return unknown(_("%(group)s hasn't been read yet."), group=endpoint.log_group)
    if source.error_id == "aws-not-found":
        return fails(
            _("%(group)s doesn't exist (any more): nothing is logged."),
            subjects=(endpoint.log_group,),
            final=True,
            group=endpoint.log_group,
        )
    if source.error_id:
        return unknown(
            _("%(group)s can't be read. %(reason_text)s"),
            group=endpoint.log_group,
            reason_text=error_text(source),
        )
    if source.seen_at is None or source.seen_at < facts.now - BEHIND:
        return unknown(_("%(group)s hasn't been read for 15 minutes."), group=endpoint.log_group)
    if source.read_until is None or source.read_until < facts.now - BEHIND:
        return fails(
            _("%(group)s is read, but more than 15 minutes behind."),
            subjects=(endpoint.log_group,),
            group=endpoint.log_group,
        )
    return holds(
        _("%(group)s is read up to %(until_at)s."),
        group=endpoint.log_group,
        until_at=source.read_until.isoformat(),
    )


@while_usable
def _complete(facts: Facts, endpoint: Endpoint) -> PartResult | None:
    """CloudWatch counts connections itself: the other witness of what should be in the log."""
    if not endpoint.log_group:
        return None
    missing = [
        row
        for row in facts.findings.get("unlogged-connections", ())
        if row.evidence.get("endpoint_id") == endpoint.endpoint_id
    ]
    if missing:
        return fails(
            _("CloudWatch counts connections since %(since_at)s of which the log has no line."),
            subjects=(endpoint.log_group,),
            since_at=missing[0].first_seen_at.isoformat(),
        )
    state = facts.metrics.get(endpoint.account_id)
    if state is not None and state.reason is not None:
        return unknown(
            _("Whether the log lacks connections isn't known. %(reason_text)s"), reason_text=str(state.reason)
        )
    run = facts.rule_runs.get("unlogged-connections")
    if run is None or run.judged_at is None or run.judged_at < facts.now - FINDINGS_OLD:
        return unknown(_("The log wasn't compared with CloudWatch's numbers lately."))
    return holds(_("The log has every connection that CloudWatch counts."))


def _retention(facts: Facts) -> PartResult:
    return stated(facts, "log-retention")


def _encryption(facts: Facts) -> PartResult:
    return stated(facts, "log-encryption")


def _audit_chain(facts: Facts) -> PartResult:
    row = facts.audit
    if row is not None and row.problem:
        return fails(
            _("The portal's audit record isn't as it was written: %(detail)s."),
            final=True,
            detail=row.problem,
        )
    if row is None or row.whole_at is None or row.whole_at < facts.now - CHAIN_OLD:
        return unknown(_("The portal's audit record is still being verified."))
    return holds(
        _("The portal's audit record was verified from its first event on, last at %(whole_at)s."),
        whole_at=row.whole_at.isoformat(),
    )


PARTS: Final = (
    RequirementPart("logging-on", _on),
    RequirementPart("log-read", _read),
    RequirementPart("log-complete", _complete),
    RequirementPart("log-retention", of_all=_retention),
    RequirementPart("log-encryption", of_all=_encryption),
    RequirementPart("audit-chain", of_all=_audit_chain),
)
