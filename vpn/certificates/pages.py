"""Certificates as an endpoint's page shows them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vpn.certificates.models import Certificate, CertificateKind
from vpn.certificates.queries import certificates_for, needs_renewal
from vpn.certificates.services import endpoint_certificates
from vpn.endpoints.models import Endpoint
from vpn.endpoints.reasons import error_text

URGENT: Final = timedelta(days=7)
# They are looked at once an hour; what is older than that by more than one missed look may have been replaced.
OLD: Final = timedelta(hours=3)


@dataclass(frozen=True)
class CertificateRow:
    """``tone``: ok, warn, out or unknown. ``text``: how long it is valid, or why that isn't known."""

    kind: str
    name: str
    tone: str
    text: str
    seen_at: datetime | None
    changed_at: datetime | None = None
    own_words: str = ""


def certificate_rows(endpoint: Endpoint, now: datetime) -> list[CertificateRow]:
    """All that the endpoint's settings name, also those that were never looked at; the portal's own come last."""
    seen = certificates_for(endpoint)
    looked_at = {(row.kind, row.reference) for row in seen}
    is_off = "certificates" not in settings.VPN_SOURCES
    rows = [
        _row(row, now)
        for row in seen
        # What was seen before the source was switched off says nothing about now.
        if not (is_off and row.account_id)
    ]
    reason = (
        _("Not known: looking at certificates is switched off (VPN_SOURCES).")
        if is_off
        else _("Not known yet: it will be looked at within minutes.")
    )
    missing = [
        CertificateRow(str(kind.label), reference, "unknown", reason, None)
        for kind, reference in endpoint_certificates(endpoint)
        if is_off or (kind, reference) not in looked_at
    ]
    return missing + rows


def _row(certificate: Certificate, now: datetime) -> CertificateRow:
    kind = str(CertificateKind(certificate.kind).label)
    tone, text = validity(certificate, now)
    return CertificateRow(
        kind=kind,
        name=str(certificate),
        tone=tone,
        text=text,
        seen_at=certificate.seen_at,
        changed_at=certificate.changed_at,
        own_words=": ".join(filter(None, (certificate.error_code, certificate.error_message))),
    )


def validity(certificate: Certificate, now: datetime) -> tuple[str, str]:
    if certificate.error_id:
        reason = error_text(certificate.error_id, certificate.error_message)
        return "unknown", _("Not known: %(reason)s") % {"reason": reason}
    if certificate.seen_at is None or certificate.seen_at < now - OLD:
        return "unknown", _("Not known: %(reason)s") % {"reason": _("It hasn't been looked at lately.")}
    if certificate.not_after is None:
        return ("ok", _("No end")) if certificate.fingerprints else ("ok", _("None"))
    left = certificate.not_after - now
    if left <= timedelta(0):
        return "out", _("Expired")
    days = ngettext("%(days)s day left", "%(days)s days left", left.days) % {"days": left.days}
    if left <= URGENT:
        return "out", days
    return ("warn" if needs_renewal(certificate, now) else "ok", days)
