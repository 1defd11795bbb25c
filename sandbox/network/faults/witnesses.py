"""Causes what AWS's other services tell of: in ACM, IAM and the directory as an administrator would."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from sandbox.aws.certificates import NOT_AFTER, server_certificate
from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed_vpn import SAML_METADATA, SAML_PROVIDER, saml_metadata
from sandbox.company import ENGINEERING, GROUPS, IDENTITY_STORE_ID, TOKYO, AccessGroup
from sandbox.network.faults.fault_target import ActiveFault
from sandbox.network.faults.offers import Offer
from sandbox.network.faults.tokyo_network import LINE_NAME, administrator
from sandbox.network.faults.witness_offers import (
    CERTIFICATE_ENDS,
    CERTIFICATE_EXPIRED,
    CERTIFICATES,
    GROUP_DELETED,
    HEALTH_EVENT,
    MAINTENANCE,
    PROVIDER_ENDS,
)

DOMAIN: Final = f"{TOKYO.label}.vpn.example.co.jp"
# More than six days until somebody looks
SOON: Final = timedelta(days=6, hours=12)
# ACM takes none that has expired already.
AT_ONCE: Final = timedelta(seconds=3)
MAINTENANCE_SECONDS: Final = 5 * 86_400.0


class Certificates:
    """Looked at and replaced by calls to AWS; while those are broken, what was seen last counts."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._last: list[Offer] = []

    def offers(self) -> tuple[Offer, ...]:
        return CERTIFICATES

    def broken(self) -> list[ActiveFault]:
        with suppress(SandboxError):
            self._last = [*self._server(), *self._provider()]
        return [ActiveFault(offer.id, offer) for offer in self._last]

    def cause(self, offer: Offer) -> None:
        if offer == PROVIDER_ENDS:
            self._put_metadata(saml_metadata(not_after=_now() + SOON))
        else:
            self._import(_now() + (SOON if offer == CERTIFICATE_ENDS else AT_ONCE))

    def mend(self, key: str) -> None:
        if key == PROVIDER_ENDS.id:
            self._put_metadata(SAML_METADATA)
        else:
            self._import(NOT_AFTER)

    def _server(self) -> list[Offer]:
        with administrator("acm", self._url) as acm:
            not_after = acm.describe_certificate(CertificateArn=_arn(acm))["Certificate"]["NotAfter"]
        if not_after >= NOT_AFTER:
            return []
        return [CERTIFICATE_ENDS if not_after > _now() + timedelta(days=1) else CERTIFICATE_EXPIRED]

    def _provider(self) -> list[Offer]:
        with administrator("iam", self._url) as iam:
            document = iam.get_saml_provider(SAMLProviderArn=_provider_arn())["SAMLMetadataDocument"]
        return [] if document == SAML_METADATA else [PROVIDER_ENDS]

    def _import(self, not_after: datetime) -> None:
        made = server_certificate(DOMAIN, not_after=not_after)
        with administrator("acm", self._url) as acm:
            acm.import_certificate(
                CertificateArn=_arn(acm),
                Certificate=made.certificate,
                PrivateKey=made.key,
                CertificateChain=made.chain,
            )

    def _put_metadata(self, document: str) -> None:
        with administrator("iam", self._url) as iam:
            iam.update_saml_provider(SAMLProviderArn=_provider_arn(), SAMLMetadataDocument=document)


class Announcements:
    """Maintenance, and AWS Health's event: the control API tells nobody whether it has announced them."""

    def __init__(self, url: str, control: Control) -> None:
        self._url = url
        self._control = control
        self._in_maintenance = False
        self._event_id = ""

    def offers(self) -> tuple[Offer, ...]:
        return (MAINTENANCE, HEALTH_EVENT)

    def broken(self) -> list[ActiveFault]:
        on = {MAINTENANCE: self._in_maintenance, HEALTH_EVENT: bool(self._event_id)}
        return [ActiveFault(offer.id, offer) for offer, is_on in on.items() if is_on]

    def cause(self, offer: Offer) -> None:
        if offer == MAINTENANCE:
            self._set_maintenance(MAINTENANCE_SECONDS)
        else:
            self._event_id = uuid4().hex
            self._control.report_health(event_id=self._event_id)

    def mend(self, key: str) -> None:
        if key == MAINTENANCE.id:
            self._set_maintenance(None)
        else:
            self._control.report_health(event_id=self._event_id, status="closed", started_before=60.0)
            self._event_id = ""

    def _set_maintenance(self, seconds: float | None) -> None:
        with administrator("ec2", self._url) as ec2:
            filters = [{"Name": "tag:Name", "Values": [LINE_NAME]}]
            (line,) = ec2.describe_vpn_connections(Filters=filters)["VpnConnections"]
        self._control.set_tunnel_maintenance(line["VpnConnectionId"], seconds)
        self._in_maintenance = seconds is not None


class Groups:
    """Of the directory; while AWS is broken, what was seen last counts."""

    def __init__(self, url: str, control: Control) -> None:
        self._url = url
        self._control = control
        self._is_there = True

    def offers(self) -> tuple[Offer, ...]:
        return (GROUP_DELETED,)

    def broken(self) -> list[ActiveFault]:
        with suppress(SandboxError), administrator("identitystore", self._url) as store:
            groups = store.list_groups(IdentityStoreId=IDENTITY_STORE_ID)["Groups"]
            # A directory that nobody has filled yet lacks none of its groups.
            self._is_there = not groups or ENGINEERING.id in {group["GroupId"] for group in groups}
        return [] if self._is_there else [ActiveFault(GROUP_DELETED.id, GROUP_DELETED)]

    def cause(self, offer: Offer) -> None:
        self._set([group for group in GROUPS if group != ENGINEERING])

    def mend(self, key: str) -> None:
        self._set(GROUPS)

    def _set(self, groups: Iterable[AccessGroup]) -> None:
        """Nobody leaves the company because a group goes."""
        with administrator("identitystore", self._url) as store:
            pages = store.get_paginator("list_users").paginate(IdentityStoreId=IDENTITY_STORE_ID)
            users = [
                (user["Emails"][0]["Value"], user["DisplayName"]) for page in pages for user in page["Users"]
            ]
        self._control.set_directory(groups, users)


def _arn(acm: Any) -> str:
    summaries = acm.list_certificates()["CertificateSummaryList"]
    return next(str(row["CertificateArn"]) for row in summaries if row["DomainName"] == DOMAIN)


def _provider_arn() -> str:
    return f"arn:aws:iam::{TOKYO.account}:saml-provider/{SAML_PROVIDER}"


def _now() -> datetime:
    return datetime.now(UTC)
