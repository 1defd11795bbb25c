"""Looking at certificates in the sandbox AWS: what is stored, what changed, and what isn't known."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone, translation
from pytest_django import Settings

from portal.access.models import User
from sandbox.aws.certificates import server_certificate
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture, administrator
from sandbox.company import TOKYO
from tests.conftest import SignedIn
from vpn.aws import accounts
from vpn.certificates import services
from vpn.certificates.models import Certificate, CertificateKind
from vpn.certificates.pages import CertificateRow, certificate_rows
from vpn.certificates.tasks import check_account
from vpn.endpoints.models import Endpoint
from vpn.findings import certificate_changed, certificate_ending

pytestmark = pytest.mark.django_db
SANDBOX_END = datetime(2046, 1, 1, tzinfo=UTC)


@pytest.fixture
def tokyo(synced: Architecture) -> Endpoint:
    return Endpoint.objects.get(endpoint_id=synced.tokyo.vpn.endpoint_id)


def check() -> None:
    """Look at all of them now, due or not."""
    Certificate.objects.update(attempted_at=None)
    check_account(accounts.configured()[0].name)


def rows(endpoint: Endpoint) -> dict[str, CertificateRow]:
    with translation.override("en"):
        return {row.kind: row for row in certificate_rows(endpoint, timezone.now())}


def test_the_ends_of_what_an_endpoint_rests_on_are_stored_and_shown(tokyo: Endpoint) -> None:
    check()
    stored = {row.kind: row for row in Certificate.objects.filter(account=tokyo.account)}
    assert stored[CertificateKind.SERVER].not_after == SANDBOX_END
    # moto's own date of every SAML provider, which is before its certificate's
    assert stored[CertificateKind.SAML_PROVIDER].not_after == datetime(2032, 5, 9, 16, 27, 11, tzinfo=UTC)
    assert stored[CertificateKind.SAML_PROVIDER].name == "https://sso.example.co.jp/clientvpn"
    shown = rows(tokyo)
    assert shown["Server certificate (ACM)"].tone == "ok"
    assert "days left" in shown["SAML provider (IAM)"].text


def test_before_the_first_look_it_is_not_known(tokyo: Endpoint) -> None:
    assert {row.tone for row in rows(tokyo).values()} == {"unknown"}


def test_switched_off_it_is_not_known_whatever_was_seen_before(tokyo: Endpoint, settings: Settings) -> None:
    check()
    settings.VPN_SOURCES = []
    assert {row.tone for row in rows(tokyo).values()} == {"unknown"}
    assert "switched off" in rows(tokyo)["Server certificate (ACM)"].text


@pytest.mark.parametrize(
    ("action", "kind"),
    [("DescribeCertificate", "Server certificate (ACM)"), ("GetSAMLProvider", "SAML provider (IAM)")],
)
def test_what_aws_refuses_is_not_known_and_the_rest_is(
    tokyo: Endpoint, control: Control, action: str, kind: str
) -> None:
    control.fail(action, "AccessDeniedException" if action == "DescribeCertificate" else "AccessDenied")
    check()
    shown = rows(tokyo)
    assert shown[kind].tone == "unknown"
    assert f"lacks the permission {action}" in shown[kind].text
    assert [row.tone for name, row in shown.items() if name != kind] == ["ok"]


def test_each_is_asked_for_once_an_hour_and_sooner_after_a_failure(tokyo: Endpoint, control: Control) -> None:
    def calls(minutes: int) -> int:
        before = len(control.calls())
        with time_machine.travel(timezone.now() + timedelta(minutes=minutes)):
            check_account(accounts.configured()[0].name)
        return len(control.calls()) - before

    assert [calls(0), calls(59), calls(61)] == [2, 0, 2]
    control.fail("GetSAMLProvider", "Throttling")
    # botocore tries four times.
    assert [calls(122), calls(131), calls(133)] == [5, 0, 4]


def test_what_has_not_been_looked_at_for_hours_is_not_known(tokyo: Endpoint) -> None:
    check()
    with time_machine.travel(timezone.now() + timedelta(hours=4)):
        assert {row.tone for row in rows(tokyo).values()} == {"unknown"}


def test_a_replaced_certificate_is_a_finding_with_what_it_was_before(tokyo: Endpoint, aws: str) -> None:
    check()
    assert certificate_changed.detect(timezone.now()) == []
    another = server_certificate("other.vpn.example.co.jp")
    acm: Any = administrator(aws, TOKYO)("acm")
    acm.import_certificate(
        CertificateArn=tokyo.settings["ServerCertificateArn"],
        Certificate=another.certificate,
        PrivateKey=another.key,
        CertificateChain=another.chain,
    )
    Certificate.objects.filter(kind=CertificateKind.SERVER).update(fingerprints=["01"])
    check()
    [finding] = certificate_changed.detect(timezone.now())
    assert finding.evidence["before"] == ["01"]
    assert finding.evidence["after"] != ["01"]


@pytest.mark.parametrize(("days", "step"), [(61, None), (59, 60), (29, 30), (6, 7), (0, 1), (-1, 1)])
def test_a_certificate_that_ends_is_told_of_again_as_the_day_comes(
    tokyo: Endpoint, days: int, step: int | None
) -> None:
    check()
    now = timezone.now()
    Certificate.objects.filter(kind=CertificateKind.SERVER).update(not_after=now + timedelta(days=days))
    detected = [item for item in certificate_ending.detect(now) if item.evidence["kind"] == "server"]
    assert len(detected) == (step is not None)
    # The next step is another finding: it is opened, and told of, anew.
    later = [item for item in certificate_ending.detect(now + timedelta(days=30)) if item not in detected]
    assert not step or step == 1 or detected[0].key not in {item.key for item in later}


@pytest.mark.parametrize(
    ("days", "renews_itself", "tone"),
    [(45, True, "ok"), (20, True, "warn"), (45, False, "warn"), (70, False, "ok")],
)
def test_an_endpoints_page_warns_of_what_is_a_finding_and_of_nothing_else(
    tokyo: Endpoint, days: int, renews_itself: bool, tone: str
) -> None:
    check()
    certificate = Certificate.objects.get(kind=CertificateKind.SERVER, account=tokyo.account)
    certificate.not_after = timezone.now() + timedelta(days=days, hours=1)
    certificate.renews_itself = renews_itself
    certificate.save()
    findings = certificate_ending.detect(timezone.now())
    kinds = {finding.evidence["kind"] for finding in findings}
    assert rows(tokyo)["Server certificate (ACM)"].tone == tone
    assert (CertificateKind.SERVER in kinds) == (tone == "warn")


def test_the_portals_own_certificates_are_looked_at_without_aws(db: None, settings: Settings) -> None:
    settings.SITE_URL = "https://localhost:9"
    services.check_own()
    portal = Certificate.objects.get(kind=CertificateKind.PORTAL)
    assert portal.error_id == "certificate-not-reachable"
    metadata = Certificate.objects.get(kind=CertificateKind.IDENTITY_PROVIDER)
    assert (metadata.error_id, metadata.not_after) == ("certificate-unreadable", None)


def test_the_endpoints_page_has_them(tokyo: Endpoint, takahashi: User, signed_in: SignedIn) -> None:
    check()
    page = signed_in(takahashi).get(f"/endpoints/{tokyo.endpoint_id}/").content.decode()
    assert "Server certificate (ACM)" in page
