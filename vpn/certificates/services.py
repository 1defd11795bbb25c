"""Looking at certificates, and storing what was seen. What can't be read keeps its last good values and says why."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog
from django.conf import settings
from django.utils import timezone

from portal.access.models import IdentityProviderMetadata
from portal.outbound import OutboundError, tls_certificate
from vpn.aws import certificates, client_vpn_changes
from vpn.aws.accounts import Account
from vpn.aws.errors import AwsError
from vpn.aws.session import acm_client, ec2_client, iam_client
from vpn.certificates.models import Certificate, CertificateKind
from vpn.certificates.observation import (
    CertificateFacts,
    acm_facts,
    metadata_facts,
    read_certificate,
    read_revocation_list,
    saml_provider_facts,
)
from vpn.endpoints.models import AwsAccount, ChangedPart, Endpoint, EndpointChange
from vpn.endpoints.recording import clear_failure, is_due, record_failure

TLS_SECONDS: Final = 5.0
EVERY: Final = timedelta(hours=1)

logger = structlog.get_logger(__name__)


class Unreadable(AwsError):
    """What was answered is no certificate, no metadata and no revocation list."""

    id = "certificate-unreadable"


class NotReachable(AwsError):
    """The portal's own address could not be reached from the worker, as may be so behind some proxies."""

    id = "certificate-not-reachable"


def check_account(account: Account) -> None:
    """Look at all certificates that the account's endpoints name, each once an hour.

    Never raises AwsError: it is recorded at each.
    """
    row = AwsAccount.objects.filter(name=account.name).first()
    if row is None:
        return
    now = timezone.now()
    for endpoint in Endpoint.objects.filter(account=row, vanished_at=None):
        for kind, arn in endpoint_certificates(endpoint):
            _check(row, kind, arn, now, _reader(account, kind, arn, now))


def check_own() -> None:
    """Look at the portal's own: the identity provider's metadata, and the TLS certificate that browsers see."""
    now = timezone.now()
    source = settings.SAML_IDP_METADATA
    _check(None, CertificateKind.IDENTITY_PROVIDER, source, now, lambda: _stored_metadata(source, now))
    if settings.SITE_URL.startswith("https:"):
        _check(None, CertificateKind.PORTAL, settings.SITE_URL, now, _portal_certificate)


def endpoint_certificates(endpoint: Endpoint) -> list[tuple[CertificateKind, str]]:
    """What signing in and connecting to the endpoint rests on, with the ARN or the endpoint's id."""
    named: list[tuple[CertificateKind, str]] = []
    if arn := endpoint.settings.get("ServerCertificateArn"):
        named.append((CertificateKind.SERVER, arn))
    for method in endpoint.settings.get("AuthenticationOptions", []):
        federated = method.get("FederatedAuthentication", {})
        for member in ("SamlProviderArn", "SelfServiceSamlProviderArn"):
            if arn := federated.get(member):
                named.append((CertificateKind.SAML_PROVIDER, arn))
        if method.get("Type") == "certificate-authentication":
            named.append((CertificateKind.REVOCATION_LIST, endpoint.endpoint_id))
    return list(dict.fromkeys(named))


def _reader(
    account: Account, kind: CertificateKind, reference: str, now: datetime
) -> Callable[[], CertificateFacts | None]:
    match kind:
        case CertificateKind.SERVER:
            return lambda: _acm(account, reference)
        case CertificateKind.SAML_PROVIDER:
            return lambda: _saml_provider(account, reference, now)
        case _:
            return lambda: _revocation_list(account, reference)


def _acm(account: Account, arn: str) -> CertificateFacts:
    with acm_client(account) as client:
        return acm_facts(certificates.acm_certificate(client, arn=arn))


def _saml_provider(account: Account, arn: str, now: datetime) -> CertificateFacts:
    with iam_client(account) as client:
        return saml_provider_facts(certificates.saml_provider(client, arn=arn), now)


def _revocation_list(account: Account, endpoint_id: str) -> CertificateFacts | None:
    """None: none was ever imported, so none can end."""
    with ec2_client(account) as client:
        exported = client_vpn_changes.export_revocation_list(client, endpoint_id=endpoint_id)
    return read_revocation_list(exported.text) if exported.text else None


def _stored_metadata(source: str, now: datetime) -> CertificateFacts:
    stored = IdentityProviderMetadata.objects.filter(source=source).first()
    return metadata_facts(stored.document if stored else "", now)


def _portal_certificate() -> CertificateFacts:
    try:
        return read_certificate(tls_certificate(settings.SITE_URL, seconds=TLS_SECONDS))
    except OutboundError as error:
        raise NotReachable(code="", message=str(error)) from error


def _check(
    account: AwsAccount | None,
    kind: CertificateKind,
    reference: str,
    now: datetime,
    read: Callable[[], CertificateFacts | None],
) -> None:
    row, _created = Certificate.objects.update_or_create(
        account=account, kind=kind, reference=reference, defaults={"named_at": now}
    )
    if not is_due(row, now, every=EVERY):
        return
    try:
        facts = read()
    except AwsError as error:
        record_failure(row, error, now)
    except ValueError as error:
        record_failure(row, Unreadable(code="", message=str(error)), now)
    else:
        _store(row, facts, now)


def _store(row: Certificate, facts: CertificateFacts | None, now: datetime) -> None:
    seen_before_at, row.seen_at = row.seen_at, now
    clear_failure(row, now)
    if facts is None:
        row.name, row.not_after, row.fingerprints = "", None, []
    else:
        fingerprints = list(facts.fingerprints)
        if row.fingerprints and fingerprints != row.fingerprints:
            row.previous, row.changed_at = row.fingerprints, now
            _record_change(row, fingerprints, seen_before_at)
            logger.info("certificate changed", kind=row.kind, reference=row.reference)
        row.name, row.not_after, row.fingerprints = facts.name[:255], facts.not_after, fingerprints
        row.renews_itself = facts.renews_itself
    row.save()


def _record_change(row: Certificate, fingerprints: list[str], seen_before_at: datetime | None) -> None:
    """In the history of every endpoint that rests on it. The portal's own certificates are no endpoint's."""
    named = CertificateKind(row.kind), row.reference
    EndpointChange.objects.bulk_create(
        EndpointChange(
            endpoint=endpoint,
            part=ChangedPart.CERTIFICATE,
            subject=row.reference[:400],
            before=row.previous,
            after=fingerprints,
            unchanged_at=seen_before_at,
            noticed_at=row.changed_at or timezone.now(),
        )
        for endpoint in Endpoint.objects.filter(account=row.account_id, vanished_at=None)
        if row.account_id and named in endpoint_certificates(endpoint)
    )
