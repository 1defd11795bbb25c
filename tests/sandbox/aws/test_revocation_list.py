"""EC2 API reference: Import-, ExportClientVpnClientCertificateRevocationList; admin guide: the same."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from sandbox.aws.control import Control
from sandbox.company import HOME_ADDRESS, TOKYO
from tests.sandbox.aws.account import Account, eventually, refused


def revocation_list(*serials: int) -> str:
    now = datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "authority")])
    builder = x509.CertificateRevocationListBuilder().issuer_name(name)
    builder = builder.last_update(now).next_update(now + timedelta(days=30))
    for serial in serials:
        revoked = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(now).build()
        builder = builder.add_revoked_certificate(revoked)
    signed = builder.sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    return signed.public_bytes(serialization.Encoding.PEM).decode()


@pytest.fixture
def endpoint(account: Account) -> str:
    return account.associated_endpoint(AuthenticationOptions=[account.mutual()])


def load(account: Account, endpoint: str, text: str) -> Any:
    return account.ec2.import_client_vpn_client_certificate_revocation_list(
        ClientVpnEndpointId=endpoint, CertificateRevocationList=text
    )


def exported(account: Account, endpoint: str) -> Any:
    export = account.ec2.export_client_vpn_client_certificate_revocation_list
    return export(ClientVpnEndpointId=endpoint)


def test_what_was_imported_last_is_exported(account: Account, endpoint: str) -> None:
    load(account, endpoint, revocation_list(1, 2))
    latest = revocation_list(3)
    assert load(account, endpoint, latest)["Return"] is True
    answer = exported(account, endpoint)
    assert answer["CertificateRevocationList"] == latest
    eventually(lambda: exported(account, endpoint)["Status"]["Code"] == "active")


def test_importing_one_resets_connections(account: Account, endpoint: str, control: Control) -> None:
    control.connect(
        account=TOKYO.account,
        region=TOKYO.region,
        endpoint_id=endpoint,
        username="client1",
        device_ip=HOME_ADDRESS,
    )
    load(account, endpoint, revocation_list(1))
    listed = account.ec2.describe_client_vpn_connections(ClientVpnEndpointId=endpoint)["Connections"]
    assert [c["Status"]["Code"] for c in listed] == ["terminated"]
    assert "Username" not in listed[0]


def test_it_must_be_a_list_and_the_endpoint_mutual(account: Account, endpoint: str) -> None:
    with refused("InvalidParameterValue"):
        load(account, endpoint, "nonsense")
    with refused("InvalidParameterCombination"):
        load(account, account.endpoint(), revocation_list(1))


def test_more_than_twenty_thousand_entries_are_refused(account: Account, endpoint: str) -> None:
    with refused("ClientVpnCertificateRevocationListLimitExceeded"):
        load(account, endpoint, revocation_list(*range(1, 20_002)))


def test_an_export_before_an_import_is_not_modelled(account: Account, endpoint: str) -> None:
    with refused("NotModelled"):
        exported(account, endpoint)
