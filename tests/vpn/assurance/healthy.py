"""A company whose VPN is in order, as the last snapshots would have left it, and a clock that evaluates each minute."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from portal.access.models import User
from sandbox import company
from tests.vpn.endpoints_in_database import rule, save_connection, save_endpoint
from vpn.assurance.models import Requirement, StatedFact
from vpn.assurance.queries import PartState, current_state
from vpn.assurance.questions import QUESTIONS
from vpn.assurance.services import evaluate
from vpn.certificates.models import Certificate, CertificateKind
from vpn.connection_log.models import LogSource
from vpn.directory.models import Directory, DirectoryGroup
from vpn.egress.models import EgressCheck
from vpn.endpoints.models import AwsAccount, Endpoint, SiteToSiteVpn
from vpn.findings.models import RuleRun
from vpn.metrics.models import MetricSource
from vpn.profiles.models import ProfileDownload
from vpn.tunnels.models import TunnelMaintenance

VPC, NAT, INSIDE, GROUP = "vpc-0a", "nat-0a", "172.16.0.0/16", "/aws/vpn/tokyo-main"
SUBNETS = {"subnet-0a": "ap-northeast-1a", "subnet-0c": "ap-northeast-1c"}
SERVER_ARN, SAML_ARN = "arn:aws:acm:…:certificate/1", "arn:aws:iam::1:saml-provider/1"
TUNNEL_UP = {"status": "UP", "message": "", "changed_at": ""}


class HealthyCompany:
    """``tokyo`` is the endpoint of everybody, ``osaka`` the one that stands by in another Region."""

    def __init__(self) -> None:
        self.now = timezone.now()
        self.account = AwsAccount.objects.create(
            name="tokyo", region="ap-northeast-1", seen_at=self.now, subnets=subnets()
        )
        self.tokyo = save_main("tokyo-main", self.account)
        other = AwsAccount.objects.create(name="osaka", region="ap-northeast-3", seen_at=self.now)
        self.osaka = save_endpoint(
            "osaka-dr", account=other, split_tunnel=True, egress_ips=[], egress_known_at=None, **basics()
        )
        self.line = SiteToSiteVpn.objects.create(
            account=self.account,
            vpn_connection_id="vpn-0a",
            name="head-office",
            state="available",
            seen_at=self.now,
            tunnels=[{"outside_ip": f"203.0.113.{number}", **TUNNEL_UP} for number in (91, 92)],
        )
        self.people = [self._person(number) for number in range(5)]
        save_witnesses(self.account, other, self.line, self.now)

    def _person(self, number: int) -> User:
        person = User.objects.create(username=f"p{number}@example.co.jp", groups=[company.EMPLOYEES.id])
        save_connection(self.tokyo, person.username)
        for endpoint in (self.tokyo, self.osaka):
            ProfileDownload.objects.create(user=person, endpoint=endpoint, downloaded_at=self.now)
        return person

    def minutes(self, count: int) -> list[dict[str, str]]:
        """Evaluate so many times; each time the values of R1 to R5 of the whole VPN, by requirement."""
        return [self.minute() for _number in range(count)]

    def minute(self) -> dict[str, str]:
        self.now += timedelta(minutes=1)
        for read in (AwsAccount, Certificate, Directory, MetricSource, TunnelMaintenance, LogSource):
            read.objects.filter(error_id="").update(seen_at=self.now, attempted_at=self.now)
        Endpoint.objects.filter(error_id="", vanished_at=None).update(seen_at=self.now)
        MetricSource.objects.update(read_until=self.now)
        LogSource.objects.filter(error_id="").update(read_until=self.now)
        RuleRun.objects.update(judged_at=self.now, looked_at=self.now)
        assert evaluate(self.now)
        return {state.requirement: state.value for state in current_state(self.now) if state.endpoint is None}

    def part(self, key: str, label: str = "") -> PartState:
        [part] = [part for part in self.parts(label) if part.key == key]
        return part

    def parts(self, label: str = "") -> list[PartState]:
        return [
            part
            for state in current_state(self.now)[:5]
            for part in state.parts
            if (part.endpoint.label if part.endpoint else "") == label
        ]

    def checks(self, result: str, address: str, people: int) -> None:
        for person in self.people[:people]:
            EgressCheck.objects.update_or_create(
                user=person, defaults={"result": result, "address": address, "checked_at": self.now}
            )

    def change(self, row: Any, **fields: Any) -> Callable[[], None]:
        """Change a row, and what puts it back."""
        before = {name: getattr(row, name) for name in fields}
        type(row).objects.filter(pk=row.pk).update(**fields)
        return lambda: type(row).objects.filter(pk=row.pk).update(**before)


def subnets() -> list[dict[str, Any]]:
    return [
        {
            "subnet_id": subnet,
            "vpc_id": VPC,
            "zone": zone,
            "zone_name": zone,
            "cidr": f"10.0.{number}.0/24",
            "free": 200,
            "name": "",
        }
        for number, (subnet, zone) in enumerate(SUBNETS.items(), start=1)
    ]


def basics() -> dict[str, Any]:
    return {
        "session_timeout_hours": 12,
        "log_group": GROUP,
        "settings": {
            "DnsServers": ["10.0.0.2"],
            "DisconnectOnSessionTimeout": True,
            "TrafficIpAddressType": "ipv4",
            "ServerCertificateArn": SERVER_ARN,
            "AuthenticationOptions": [
                {"Type": "federated-authentication", "FederatedAuthentication": {"SamlProviderArn": SAML_ARN}}
            ],
        },
    }


def save_main(label: str, account: AwsAccount) -> Endpoint:
    return save_endpoint(
        label,
        account=account,
        vpc_id=VPC,
        client_cidr_block="10.8.0.0/22",
        target_networks=[
            {"association_id": f"a-{subnet}", "subnet_id": subnet, "vpc_id": VPC, "status": "associated"}
            for subnet in SUBNETS
        ],
        authorization_rules=[
            rule("0.0.0.0/0", group=company.EMPLOYEES.id),
            rule(INSIDE, group=company.EMPLOYEES.id),
        ],
        routes=[
            {"destination_cidr": cidr, "target_subnet": subnet, "origin": "add-route", "status": "active"}
            for subnet in SUBNETS
            for cidr in ("0.0.0.0/0", INSIDE)
        ],
        egress=ways_out(),
        **basics(),
    )


def ways_out(*reasons: str, via: str = NAT, addresses: tuple[str, ...] = (company.TOKYO.egress_ip,)) -> Any:
    """Of both subnets; the first has ``reasons``."""
    broken = {"subnet_id": "subnet-0a", "via": via, "addresses": list(addresses), "reasons": list(reasons)}
    return [
        broken,
        {
            "subnet_id": "subnet-0c",
            "via": "nat-0c",
            "addresses": [company.TOKYO.egress_ip],
            "reasons": [],
        },
    ]


def save_witnesses(account: AwsAccount, other: AwsAccount, line: SiteToSiteVpn, now: datetime) -> None:
    """All sources but the snapshot, read just now and without anything to say."""
    soon = {"seen_at": now, "attempted_at": now}
    for owner in (account, other):
        MetricSource.objects.create(account=owner, read_until=now, **soon)
        LogSource.objects.create(account=owner, log_group=GROUP, read_until=now, **soon)
        save_certificate(owner, CertificateKind.SERVER, SERVER_ARN, now)
        save_certificate(owner, CertificateKind.SAML_PROVIDER, SAML_ARN, now)
    save_certificate(None, CertificateKind.IDENTITY_PROVIDER, "metadata.xml", now)
    for tunnel in line.tunnels:
        TunnelMaintenance.objects.create(vpn=line, outside_ip=tunnel["outside_ip"], **soon)
    directory = Directory.objects.create(identity_store_id=settings.IDENTITY_STORE["id"], **soon)
    DirectoryGroup.objects.create(directory=directory, group_id=company.EMPLOYEES.id, name="employees")
    for kind in ("left-directory", "unlogged-connections", "client-outdated"):
        RuleRun.objects.create(kind=kind, looked_at=now, judged_at=now)
    for question in QUESTIONS:
        StatedFact.objects.create(
            question=question, holds=True, until=now + timedelta(days=90), stated_by="admin", stated_at=now
        )


def save_certificate(
    account: AwsAccount | None, kind: CertificateKind, reference: str, now: datetime
) -> None:
    Certificate.objects.create(
        account=account,
        kind=kind,
        reference=reference,
        name=reference,
        not_after=now + timedelta(days=300),
        fingerprints=["00"],
        named_at=now,
        seen_at=now,
    )


def changed(before: dict[str, str], after: dict[str, str]) -> dict[Requirement, str]:
    return {Requirement(name): value for name, value in after.items() if before[name] != value}
