"""Certificates that are in use. None of this asks AWS."""

from datetime import datetime, timedelta
from typing import Final

from django.db.models import Q, QuerySet

from vpn.certificates.models import Certificate
from vpn.certificates.services import endpoint_certificates
from vpn.endpoints.models import Endpoint

# They are looked at once an hour. What wasn't looked at for as long is used by nothing any more.
IN_USE: Final = timedelta(days=1)
SOON: Final = timedelta(days=60)
# ACM renews its own 60 days before they end; what it hasn't renewed by then needs somebody.
RENEWED_BY_ACM: Final = timedelta(days=30)


def certificates_in_use(now: datetime) -> QuerySet[Certificate]:
    return Certificate.objects.select_related("account").filter(named_at__gt=now - IN_USE)


def needs_renewal(certificate: Certificate, now: datetime) -> bool:
    """Whether it ends so soon that somebody must see to it, or has ended. False for one without an end."""
    within = RENEWED_BY_ACM if certificate.renews_itself else SOON
    return certificate.not_after is not None and certificate.not_after - now <= within


def certificates_for(endpoint: Endpoint) -> list[Certificate]:
    """Of those that the endpoint's last snapshot names, the ones that were looked at; the portal's own come last."""
    named = Q(account=None)
    for kind, reference in endpoint_certificates(endpoint):
        named |= Q(account=endpoint.account_id, kind=kind, reference=reference)
    return sorted(
        Certificate.objects.filter(named), key=lambda row: (row.account_id is None, row.kind, row.name)
    )
