"""Revocation lists: an expired one would block everybody, so it never gets as far as AWS."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sandbox.aws.seed import Architecture
from sandbox.company import TOKYO
from tests.vpn.operations.asking import Ask, finish, plan
from vpn.endpoints.models import Endpoint
from vpn.operations.kinds import kind_of
from vpn.operations.revocation import facts_of
from vpn.operations.states import Status
from vpn.operations.steps.revocation_list import EXPORTED, REPLACED

if TYPE_CHECKING:
    from mypy_boto3_ec2 import EC2Client

Look = Callable[[], Endpoint]
KEY = ec.generate_private_key(ec.SECP256R1())


def revocation_list(*serials: int, days: float = 30, number: int = 1, begins: float = -1) -> str:
    now = datetime.now(UTC)
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Genkan test CA")]))
        .last_update(now + timedelta(days=begins))
        .next_update(now + timedelta(days=days))
        .add_extension(x509.CRLNumber(number), critical=False)
    )
    for serial in serials:
        revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build()
        builder = builder.add_revoked_certificate(revoked)
    return builder.sign(KEY, hashes.SHA256()).public_bytes(serialization.Encoding.PEM).decode()


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
