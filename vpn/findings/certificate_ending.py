"""A certificate that connecting or signing in rests on, and that ends soon or has ended."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.certificates.models import CertificateKind
from vpn.certificates.queries import certificates_in_use, needs_renewal
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key, format_time, read_time

# Each is a finding of its own, so that people are told again as the day comes nearer.
WARN_BEFORE: Final = (timedelta(days=1), timedelta(days=7), timedelta(days=30), timedelta(days=60))


def detect(now: datetime) -> list[DetectedFinding]:
    detected = []
    for certificate in certificates_in_use(now).filter(not_after__lte=now + WARN_BEFORE[-1]):
        if not needs_renewal(certificate, now):
            continue
        left = certificate.not_after - now  # type: ignore[operator]  # the filter leaves out None
        step = next(step for step in WARN_BEFORE if left <= step)
        detected.append(
            DetectedFinding(
                finding_key(certificate.pk, certificate.not_after, step),
                str(certificate),
                {
                    "kind": certificate.kind,
                    "reference": certificate.reference,
                    "not_after": certificate.not_after.isoformat(),  # type: ignore[union-attr]
                },
            )
        )
    return detected


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    not_after = read_time(finding.evidence["not_after"])
    kind = CertificateKind(finding.evidence["kind"]).label
    text = _("%(kind)s: valid until %(time)s.") % {"kind": kind, "time": format_time(not_after)}
    return FindingText(text)


RULE = FindingRule(
    kind="certificate-ending",
    label=gettext_lazy("A certificate is about to expire"),
    tone="out",
    why=gettext_lazy("When it expires, nobody can sign in or connect any more."),
    advice=gettext_lazy(
        "Renew it in time: AWS can take up to five hours to use a new server certificate or new SAML metadata."
    ),
    basis=gettext_lazy("It expires within 60 days; you are told again at 30, 7 and 1."),
    detect=detect,
    describe=describe,
    usernames=lambda _finding: [],
)
