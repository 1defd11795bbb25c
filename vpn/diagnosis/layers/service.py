"""The service: whether the endpoint works for anybody. What many have at once is in ``outage``.

Sources: Client VPN administrator guide, "Target networks" (without an associated one nobody can connect), "Access to
the internet" (the way to a fixed address), "Troubleshooting: TLS" (an expired server certificate refuses everybody).
"""

from datetime import datetime
from typing import Final

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.certificates.models import Certificate, CertificateKind
from vpn.diagnosis.base.facts import PersonFacts
from vpn.diagnosis.base.layer import (
    Cause,
    CauseText,
    EvidenceLine,
    LayerId,
    LayerResult,
    fails,
    holds,
    unknown,
)
from vpn.diagnosis.base.progress import Reached
from vpn.diagnosis.layers.outage import find_outage, reported_trouble
from vpn.endpoints.models import Endpoint
from vpn.endpoints.queries import is_stale
from vpn.endpoints.trouble import EndpointTrouble, TroubleKind, find_trouble, solves
from vpn.moments import format_day, format_recent_moment
from vpn.notices.plans import find_closing, find_resumption

PAUSED: Final = CauseText(
    sentence=gettext_lazy("%(label)s is paused as planned"),
    tell=(
        gettext_lazy("%(label)s is paused as planned."),
        gettext_lazy("Please use another connection, or try again when the pause is over."),
    ),
    administrator=gettext_lazy("Resume the endpoint if it is needed now."),
    operation="resume-endpoint",
)
CLOSED: Final = CauseText(
    sentence=gettext_lazy("Nobody can connect to %(label)s right now"),
    tell=(
        gettext_lazy("%(label)s can't be connected to right now, for anybody."),
        gettext_lazy("I will pass it on at once; you don't have to change anything on your computer."),
    ),
    administrator=gettext_lazy("Look at the endpoint's associations: AWS has none that works."),
    operation="associate-target-network",
)
NO_EGRESS: Final = CauseText(
    sentence=gettext_lazy("%(label)s has no way out with the fixed IP address"),
    tell=(
        gettext_lazy("The VPN connects, but can't reach the internet with the fixed IP address right now."),
        gettext_lazy("I will pass it on at once; you don't have to change anything on your computer."),
    ),
    administrator=gettext_lazy(
        "Follow the way to the internet on the endpoint's page: it shows where it breaks."
    ),
)
INSTEAD: Final = gettext_lazy("Use %(instead)s instead.")
SERVER_CERTIFICATE: Final = CauseText(
    sentence=gettext_lazy("The server certificate of %(label)s has run out"),
    tell=(
        gettext_lazy("%(label)s refuses everybody because a certificate on our side has run out."),
        gettext_lazy("I will pass it on at once; you don't have to change anything on your computer."),
    ),
    administrator=gettext_lazy(
        "Renew the server certificate, then choose it at the endpoint. AWS may take up to 5 hours."
    ),
)
SAML_METADATA: Final = CauseText(
    sentence=gettext_lazy("The certificate of the sign-in for %(label)s has run out"),
    tell=(
        gettext_lazy(
            "Signing in to %(label)s fails for everybody because a certificate on our side has run out."
        ),
        gettext_lazy("I will pass it on at once; you don't have to change anything on your computer."),
    ),
    administrator=gettext_lazy(
        "Put the identity provider's new metadata into the SAML provider. AWS may take up to 5 hours."
    ),
)


def check(facts: PersonFacts) -> LayerResult:
    endpoint = facts.endpoint
    if endpoint is None:
        return unknown(LayerId.SERVICE, EvidenceLine(_("Which endpoint the person uses isn't known.")))
    trouble = find_trouble(endpoint)
    # One that is gone is a matter of the profile: its owner needs another.
    if trouble is not None and trouble.kind is not TroubleKind.GONE and not _has_worked_since(facts, trouble):
        if is_stale(endpoint):
            return unknown(LayerId.SERVICE, _as_of(endpoint, _("AWS hasn't answered lately.")))
        return _trouble(facts, trouble)
    if ended := _ended_certificate(facts):
        return _certificate(endpoint, ended)
    return find_outage(facts) or _works(facts, endpoint)


def _has_worked_since(facts: PersonFacts, trouble: EndpointTrouble) -> bool:
    """What people see counts more than the settings. Without a way out one can still connect."""
    return trouble.kind is TroubleKind.CLOSED and _connected_after(facts, trouble.since)


def _trouble(facts: PersonFacts, trouble: EndpointTrouble) -> LayerResult:
    endpoint = trouble.endpoint
    closing = find_closing(trouble)
    text = NO_EGRESS if trouble.kind is TroubleKind.NO_EGRESS else PAUSED if closing else CLOSED
    instead = [profile.endpoint.label for profile in facts.profiles if solves(profile.endpoint, trouble)]
    if instead:
        text = CauseText(text.sentence, (text.tell[0], INSTEAD), INSTEAD, text.administrator, text.operation)
    cause_id = "no-egress" if text.sentence == NO_EGRESS.sentence else "paused" if closing else "closed"
    cause = Cause(
        cause_id,
        text,
        {"label": endpoint.label, "instead": ", ".join(instead)},
        {"endpoint": endpoint.endpoint_id} if text.operation else {},
    )
    lines = [_as_of(endpoint, _("As AWS had it last: %(status)s") % {"status": endpoint.status})]
    if trouble.since:
        lines.append(EvidenceLine(_("In order until %(at)s") % {"at": format_recent_moment(trouble.since)}))
    if closing:
        lines.append(EvidenceLine(_("Operation #%(number)s") % {"number": closing.number}))
    until = find_resumption(endpoint.pk) if closing else None
    if until:
        lines.append(EvidenceLine(_("Planned to be back at %(at)s") % {"at": format_recent_moment(until)}))
    return fails(LayerId.SERVICE, cause, *lines)


def _ended_certificate(facts: PersonFacts) -> Certificate | None:
    """One that has run out, unless somebody has connected since: then AWS has another."""
    kinds = (CertificateKind.SERVER, CertificateKind.SAML_PROVIDER)
    ended = [
        row
        for row in facts.certificates
        # Looked at since then: until the next look, it may have been replaced in time.
        if row.kind in kinds
        and row.not_after is not None
        and row.not_after <= facts.now
        and row.seen_at is not None
        and row.seen_at > row.not_after
    ]
    return next((row for row in ended if not _connected_after(facts, row.not_after)), None)


def _connected_after(facts: PersonFacts, moment: datetime | None) -> bool:
    own = facts.progress.at if facts.progress.reached >= Reached.TUNNEL else None
    times = [at for at in (facts.others.connected_at, own) if at is not None]
    return moment is not None and any(at > moment for at in times)


def _certificate(endpoint: Endpoint, ended: Certificate) -> LayerResult:
    is_server = ended.kind == CertificateKind.SERVER
    cause = Cause(
        "server-certificate-ended" if is_server else "saml-metadata-ended",
        SERVER_CERTIFICATE if is_server else SAML_METADATA,
        {"label": endpoint.label},
    )
    day = format_day(ended.not_after) if ended.not_after else ""
    line = EvidenceLine(
        _("%(name)s was valid until %(day)s") % {"name": ended, "day": day}, seen_at=ended.seen_at
    )
    return fails(LayerId.SERVICE, cause, line)


def _works(facts: PersonFacts, endpoint: Endpoint) -> LayerResult:
    if reported := reported_trouble(facts):
        # It may be what the person calls about, though connections come about.
        return unknown(LayerId.SERVICE, *reported, ask=_("Is it slow, or does it break off at times?"))
    if facts.progress.reached >= Reached.TUNNEL and facts.progress.at:
        return holds(
            LayerId.SERVICE, EvidenceLine(_("The person's own connection"), seen_at=facts.progress.at)
        )
    if facts.others.connected_at:
        text = _("Somebody else connected to %(label)s") % {"label": endpoint.label}
        return holds(LayerId.SERVICE, EvidenceLine(text, seen_at=facts.others.connected_at))
    if is_stale(endpoint):
        return unknown(LayerId.SERVICE, _as_of(endpoint, _("AWS hasn't answered lately.")))
    text = _("Nothing is wrong with %(label)s as AWS shows it.") % {"label": endpoint.label}
    return holds(LayerId.SERVICE, _as_of(endpoint, text))


def _as_of(endpoint: Endpoint, text: str) -> EvidenceLine:
    return EvidenceLine(text, reverse("endpoint", args=[endpoint.endpoint_id]), endpoint.seen_at)
