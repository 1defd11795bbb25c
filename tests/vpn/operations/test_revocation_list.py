"""Revocation lists: an expired one would block everybody, so it never gets as far as AWS."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core.files.uploadedfile import SimpleUploadedFile

from portal.access.models import User
from portal.audit.models import AuditEvent
from sandbox.aws.seed import Architecture
from sandbox.company import TOKYO
from tests.conftest import SignedIn
from tests.vpn.operations.asking import Ask, finish, plan
from vpn.endpoints.models import Endpoint
from vpn.operations.kinds import kind_of
from vpn.operations.models import Operation
from vpn.operations.revocation import facts_of
from vpn.operations.states import Status
from vpn.operations.steps.revocation_list import EXPORTED, REPLACED

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

Look = Callable[[], Endpoint]
FORM = "application/x-www-form-urlencoded"
KEY = ec.generate_private_key(ec.SECP256R1())


def revocation_list(*serials: int, days: float = 30, number: int = 1, begins: float = -1) -> str:
    return _signed(
        [_revoked(serial).build() for serial in serials], days=days, number=number, begins=begins
    ).decode()


def long_list(entries: int) -> str:
    """As long as one with so many entries gets: each with a long serial number, a reason and a date."""
    now, dated = datetime.now(UTC), []
    for number in range(entries):
        one = _revoked((1 << 157) + number)
        one = one.add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
        dated.append(one.add_extension(x509.InvalidityDate(now), critical=False).build())
    return _signed(dated).decode()


def _revoked(serial: int) -> x509.RevokedCertificateBuilder:
    return x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(datetime.now(UTC))


def _signed(
    revoked: list[x509.RevokedCertificate],
    *,
    days: float = 30,
    number: int = 1,
    begins: float = -1,
    encoding: serialization.Encoding = serialization.Encoding.PEM,
) -> bytes:
    now = datetime.now(UTC)
    # All at once: add_revoked_certificate() copies the list each time.
    builder = x509.CertificateRevocationListBuilder(
        x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Genkan test CA")]),
        now + timedelta(days=begins),
        now + timedelta(days=days),
        revoked_certificates=revoked,
    ).add_extension(x509.CRLNumber(number), critical=False)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(encoding)


@pytest.fixture
def mutual(ec2: "EC2Client", architecture: Architecture, endpoint: Endpoint, looked: Look) -> Endpoint:
    """An endpoint whose people sign in by certificate."""
    arn = architecture.tokyo.vpn.certificate_arn
    made = ec2.create_client_vpn_endpoint(
        ClientCidrBlock="10.20.0.0/22",
        ServerCertificateArn=arn,
        AuthenticationOptions=[
            {
                "Type": "certificate-authentication",
                "MutualAuthentication": {"ClientRootCertificateChainArn": arn},
            }
        ],
        ConnectionLogOptions={"Enabled": False},
        TagSpecifications=[
            {
                "ResourceType": "client-vpn-endpoint",
                "Tags": [{"Key": "genkan:managed", "Value": "true"}, {"Key": "Name", "Value": "mutual"}],
            }
        ],
    )
    looked()
    return Endpoint.objects.get(endpoint_id=made["ClientVpnEndpointId"])


def in_aws(ec2: "EC2Client", endpoint: Endpoint) -> str:
    answer = ec2.export_client_vpn_client_certificate_revocation_list(
        ClientVpnEndpointId=endpoint.endpoint_id
    )
    return answer["CertificateRevocationList"]


def test_a_list_is_imported_and_the_one_before_comes_back(
    ask: Ask, mutual: Endpoint, ec2: "EC2Client"
) -> None:
    first, second = revocation_list(1), revocation_list(1, 2, number=2)
    one = finish(ask("import-revocation-list", mutual, text=first))
    assert one.status == Status.SUCCEEDED
    # There was none before, and AWS can't be without one again.
    assert kind_of("import-revocation-list").undo(one) is None
    two = finish(ask("import-revocation-list", mutual, text=second))
    assert facts_of(in_aws(ec2, mutual)).entries == 2
    assert two.files.get(name=REPLACED).content.strip() == first.strip()
    undo = kind_of("import-revocation-list").undo(two)
    assert undo is not None
    assert finish(ask(undo.kind, mutual, **undo.data)).status == Status.SUCCEEDED
    assert facts_of(in_aws(ec2, mutual)).number == 1


def test_the_list_that_aws_has_is_exported(ask: Ask, mutual: Endpoint) -> None:
    text = revocation_list(7)
    finish(ask("import-revocation-list", mutual, text=text))
    operation = finish(ask("export-revocation-list", mutual))
    assert operation.status == Status.SUCCEEDED
    assert operation.files.get(name=EXPORTED).content.strip() == text.strip()
    step = operation.steps.get(key="export-revocation-list")
    assert step.after["entries"] == 1


def test_where_there_is_no_list_none_can_be_exported(ask: Ask, mutual: Endpoint) -> None:
    operation = finish(ask("export-revocation-list", mutual))
    assert (operation.status, operation.error_id) == (Status.FAILED, "operation-no-revocation-list")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not a list",
        "-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----",
        revocation_list(1) + revocation_list(2),
        revocation_list(1, days=-0.5),
        revocation_list(1, begins=0.5),
    ],
    ids=["empty", "text", "broken", "two lists", "expired", "not yet valid"],
)
def test_a_list_that_would_block_everybody_is_refused(mutual: Endpoint, text: str) -> None:
    draft = plan("import-revocation-list", mutual, text=text)
    assert draft.plan is None
    assert set(draft.form.errors) == {"text"}


def test_the_plan_says_until_when_it_is_valid(mutual: Endpoint) -> None:
    for days, tone in ((30, "ok"), (3, "warn")):
        found = plan("import-revocation-list", mutual, text=revocation_list(1, days=days)).plan
        assert found is not None
        assert found.destructive
        assert found.checks[-1].tone == tone


def test_an_endpoint_without_certificates_takes_no_list(endpoint: Endpoint) -> None:
    assert endpoint.label == TOKYO.label
    draft = plan("import-revocation-list", endpoint, text=revocation_list(1))
    assert set(draft.form.errors) == {"__all__"}
    assert plan("export-revocation-list", endpoint).plan is None


def test_a_list_of_aws_s_20000_entries_is_imported_from_a_file(
    mutual: Endpoint, ec2: "EC2Client", signed_in: SignedIn, takahashi: User
) -> None:
    """From the file to AWS, through the page that confirms it, which holds all of it."""
    text, admin = long_list(20_000), signed_in(takahashi)
    data = {"endpoint": mutual.endpoint_id, "stage": "plan"}
    url = "/operations/new/import-revocation-list/"
    sent = SimpleUploadedFile("list.crl", text.encode())
    page = admin.post(url, {**data, "text": "", "text_file": sent}).content.decode()
    assert "20000 certificates are revoked by it" in page
    digest = page.partition('name="digest" value="')[2][:64]
    confirmed = {**data, "stage": "run", "text": text, "digest": digest, "reason": "Lost computers"}
    answer = admin.post(url, urlencode({**confirmed, "typed_name": mutual.label}), content_type=FORM)
    assert answer.status_code == 302
    operation = finish(Operation.objects.get())
    assert (operation.status, operation.error_message) == (Status.SUCCEEDED, "")
    assert facts_of(in_aws(ec2, mutual)).entries == 20_000
    # Lists of operations and the record have what it says of itself, not the two megabytes.
    assert operation.parameters["entries"] == 20_000
    recorded = AuditEvent.objects.get(tag="operation:requested")
    assert len(str(recorded.details)) < 2_000


def test_one_entry_more_is_refused_and_stays_on_the_page(plain_endpoint: Endpoint) -> None:
    draft = plan("import-revocation-list", by_certificate(plain_endpoint), text=long_list(20_001))
    assert "20,000" in str(draft.form.errors["text"])


def test_a_file_may_be_der_as_authorities_publish_it(
    plain_endpoint: Endpoint, signed_in: SignedIn, takahashi: User
) -> None:
    der = _signed([_revoked(7).build()], encoding=serialization.Encoding.DER)
    data = {"endpoint": by_certificate(plain_endpoint).endpoint_id, "stage": "plan"}
    answer = signed_in(takahashi).post(
        "/operations/new/import-revocation-list/", {**data, "text_file": SimpleUploadedFile("a.crl", der)}
    )
    assert "1 certificates are revoked by it" in answer.content.decode()


@pytest.mark.parametrize("content", [b"\x00\xff not a list", b"A" * 3_100_000], ids=["binary", "too long"])
def test_a_file_that_is_no_list_is_refused_in_words(
    plain_endpoint: Endpoint, signed_in: SignedIn, takahashi: User, content: bytes
) -> None:
    data = {"endpoint": by_certificate(plain_endpoint).endpoint_id, "stage": "plan"}
    answer = signed_in(takahashi).post(
        "/operations/new/import-revocation-list/", {**data, "text_file": SimpleUploadedFile("a", content)}
    )
    assert answer.status_code == 200
    assert "field-error" in answer.content.decode()


def by_certificate(endpoint: Endpoint) -> Endpoint:
    endpoint.authentication = ["certificate-authentication"]
    endpoint.save()
    return endpoint
