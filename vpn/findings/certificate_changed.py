"""A certificate that was replaced by another one."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Final

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from vpn.certificates.models import CertificateKind
from vpn.certificates.queries import certificates_in_use
from vpn.findings.models import Finding
from vpn.findings.rule import DetectedFinding, FindingRule, FindingText, finding_key, format_time, read_time

SHOWN: Final = timedelta(days=7)


def detect(now: datetime) -> list[DetectedFinding]:
    changed = certificates_in_use(now).filter(changed_at__gt=now - SHOWN)
    return [
        DetectedFinding(
            finding_key(certificate.pk, certificate.fingerprints),
            str(certificate),
            {
                "kind": certificate.kind,
                "reference": certificate.reference,
                "changed_at": certificate.changed_at.isoformat() if certificate.changed_at else "",
                "before": certificate.previous,
                "after": certificate.fingerprints,
            },
        )
        for certificate in changed
    ]


def describe(finding: Finding, _names: Mapping[str, str]) -> FindingText:
    changed_at = read_time(finding.evidence["changed_at"])
    kind = CertificateKind(finding.evidence["kind"]).label
    text = _("%(kind)s: another one since %(time)s.") % {"kind": kind, "time": format_time(changed_at)}
    return FindingText(text)


RULE = FindingRule(
    kind="certificate-changed",
    label=gettext_lazy("A certificate was replaced"),
    tone="info",
    why=gettext_lazy("Whoever can replace it decides who can sign in, or what people connect to."),
    advice=gettext_lazy(
        "Check that your company replaced it. If sign-in fails after that, wait: AWS can take up to five hours to"
        " use the new one."
    ),
    basis=gettext_lazy("Its fingerprint is another one than an hour before."),
    detect=detect,
    describe=describe,
    usernames=lambda _finding: [],
    kept_open=SHOWN,
)
