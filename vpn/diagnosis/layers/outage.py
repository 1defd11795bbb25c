"""A part of the service layer: what many have at once is no person's fault.

Sources: the connection log of everybody else; Client VPN administrator guide, "Monitoring Client VPN with CloudWatch";
AWS Health. Whoever has connected since shows that it is over.
"""

from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from vpn.connection_log.reasons import UNFINISHED, reason_text
from vpn.diagnosis.base.facts import PersonFacts
from vpn.diagnosis.base.layer import Cause, CauseText, EvidenceLine, LayerId, LayerResult, fails, unknown
from vpn.diagnosis.base.metric_signs import MANY_FAILURES
from vpn.diagnosis.base.progress import Reached
from vpn.health_events.models import HealthEvent
from vpn.health_events.queries import own_words
from vpn.moments import format_recent_moment

MANY_FAIL: Final = CauseText(
    sentence=gettext_lazy("%(count)s others fail the same way since %(since)s: %(reason)s"),
    tell=(
        gettext_lazy("Others have the same trouble right now, so it isn't your computer."),
        gettext_lazy("I will pass it on at once; please try again in a while."),
    ),
    administrator=gettext_lazy("Look for what changed at that time: sign-in, handler, policy, endpoint."),
)
MANY_FAIL_OTHERWISE: Final = CauseText(
    sentence=gettext_lazy("%(count)s others can't connect since %(since)s: %(reason)s"),
    tell=(
        gettext_lazy("Others can't connect right now either, so it is most likely not your computer."),
        gettext_lazy("I will pass it on at once; please try again in a while."),
    ),
    administrator=MANY_FAIL.administrator,
)
SIGN_IN_DOWN: Final = CauseText(
    sentence=gettext_lazy("%(count)s others can't finish the sign-in in the browser since %(since)s"),
    tell=(
        gettext_lazy("Others can't sign in right now either, so it isn't your computer."),
        gettext_lazy("I will pass it on at once; please try again in a while."),
    ),
    administrator=gettext_lazy("Look at the identity provider: its state, and the application for the VPN."),
)
AWS_TROUBLE: Final = CauseText(
    sentence=gettext_lazy("AWS itself reports trouble with %(service)s since %(since)s"),
    tell=(
        gettext_lazy("AWS, which runs our VPN, reports trouble right now, so it isn't your computer."),
        gettext_lazy("Please try again in a while, or use another connection if you have one."),
    ),
    administrator=gettext_lazy("Follow AWS Health; people can use an endpoint in another Region meanwhile."),
)
FAILURES_COUNTED: Final = CauseText(
    sentence=gettext_lazy("AWS counts %(count)s failed sign-ins at %(label)s since %(since)s"),
    tell=SIGN_IN_DOWN.tell,
    administrator=gettext_lazy(
        "Look at the identity provider, the SAML provider's metadata and the certificates."
    ),
)
ERRORS_COUNTED: Final = CauseText(
    sentence=gettext_lazy("AWS counts %(count)s errors of our check of connections since %(since)s"),
    tell=(
        gettext_lazy("Our own check of new connections doesn't work right now; your computer is fine."),
        gettext_lazy("I will pass it on at once; please try again in a while."),
    ),
    administrator=gettext_lazy(
        "Look at the Lambda function of the handler: its errors, its time and its concurrency."
    ),
)
ALL_CUT: Final = CauseText(
    sentence=gettext_lazy("All %(count)s people on %(label)s were cut off at %(since)s"),
    tell=(
        gettext_lazy("The connections of everybody ended at once, so it isn't your computer."),
        gettext_lazy("I will pass it on at once; please try again in a while."),
    ),
    administrator=gettext_lazy(
        "Look for what changed at that time: an endpoint that is modified, and a policy, end every connection."
    ),
)


def find_outage(facts: PersonFacts) -> LayerResult | None:
    """None: nothing says that others can't connect, or the person can."""
    if facts.is_connected:
        return None
    if facts.others.are_many:
        return _others(facts)
    reported = next((event for event in facts.health if not _over_for_us(facts, event.started_at)), None)
    if reported is not None:
        since = _since(reported.started_at or reported.updated_at)
        values = {"service": reported.service, "since": since}
        return fails(LayerId.SERVICE, Cause("aws-trouble", AWS_TROUBLE, values), _reported(reported))
    return _counted(facts)


def reported_trouble(facts: PersonFacts) -> list[EvidenceLine]:
    """What AWS reports although people connect."""
    return [_reported(event) for event in facts.health]


def _over_for_us(facts: PersonFacts, since: datetime | None) -> bool:
    """Whether somebody has connected since: then it isn't what keeps people out."""
    own = facts.progress.at if facts.progress.reached >= Reached.TUNNEL else None
    times = [at for at in (facts.others.connected_at, own) if at is not None]
    return any(since is None or at > since for at in times)


def _others(facts: PersonFacts) -> LayerResult:
    others = facts.others
    reason = reason_text(others.reason) or _("no reason given")
    values = {
        "count": others.failing,
        "since": _since(others.since),
        "reason": reason,
    }
    line = ngettext(
        "%(count)s other person failed since %(since)s, and nobody has connected since: %(reason)s",
        "%(count)s other people failed since %(since)s, and nobody has connected since: %(reason)s",
        others.failing,
    )
    evidence = EvidenceLine(line % values, seen_at=facts.log.read_at)
    if facts.log.stale:
        # Somebody may have connected since, and the portal wouldn't know.
        behind = EvidenceLine(_("The connection log is behind."), seen_at=facts.log.read_at)
        return unknown(LayerId.SERVICE, evidence, behind, ask=_("Do colleagues have the same trouble?"))
    if others.reason == UNFINISHED:
        return fails(LayerId.SERVICE, Cause("sign-in-down", SIGN_IN_DOWN, values), evidence)
    text = MANY_FAIL if others.alike else MANY_FAIL_OTHERWISE
    return fails(LayerId.SERVICE, Cause("many-fail", text, values), evidence)


def _counted(facts: PersonFacts) -> LayerResult | None:
    """By CloudWatch, which counts failures that the log leaves out."""
    signs, endpoint = facts.metrics, facts.endpoint
    if endpoint is None or signs.state is None:
        return None
    label = endpoint.label
    line = EvidenceLine(
        _("CloudWatch's metrics of %(label)s") % {"label": label},
        reverse("endpoint", args=[endpoint.endpoint_id]),
        signs.state.read_until,
    )
    # Without a log, or while it is behind, only AWS's list shows that nobody has connected since.
    if facts.connected != 0 and (facts.log.stale or facts.log.complete_until is None):
        return None
    if signs.dropped_at and not facts.connected and not _over_for_us(facts, signs.dropped_at):
        values = {"label": label, "count": signs.connected, "since": _since(signs.dropped_at)}
        return fails(LayerId.SERVICE, Cause("all-cut", ALL_CUT, values), line)
    if _over_for_us(facts, signs.since):
        return None
    values = {"label": label, "count": signs.errors, "since": _since(signs.since)}
    if signs.errors:
        return fails(LayerId.SERVICE, Cause("handler-errors", ERRORS_COUNTED, values), line)
    if signs.failures - _own_failures(facts) >= MANY_FAILURES:
        values["count"] = signs.failures
        return fails(LayerId.SERVICE, Cause("sign-ins-fail", FAILURES_COUNTED, values), line)
    return None


def _own_failures(facts: PersonFacts) -> int:
    """What one person who tries again and again adds to the count. The log has not all of them."""
    since = facts.metrics.since
    return sum(1 for attempt in facts.attempts if since is not None and attempt.at >= since)


def _reported(event: HealthEvent) -> EvidenceLine:
    text = _("AWS Health: %(text)s") % {"text": own_words(event)[:300] or event.type_code}
    return EvidenceLine(text, seen_at=event.updated_at)


def _since(at: datetime | None) -> str:
    return format_recent_moment(at) if at else "?"
