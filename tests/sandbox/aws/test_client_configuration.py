"""EC2 API reference: ExportClientVpnClientConfiguration; admin guide: "Client configuration file export"."""

from cryptography import x509

from sandbox.aws.certificates import server_certificate
from tests.sandbox.aws.account import Account, refused

HEAD = [
    "client",
    "dev tun",
    "proto udp",
    "remote {endpoint}.prod.clientvpn.ap-northeast-1.amazonaws.com 443",
    "remote-random-hostname",
    "resolv-retry infinite",
    "nobind",
    "remote-cert-tls server",
    "cipher AES-256-GCM",
    "verb 3",
    "<ca>",
]


def export(account: Account, endpoint: str) -> str:
    answer = account.ec2.export_client_vpn_client_configuration(ClientVpnEndpointId=endpoint)
    return str(answer["ClientConfiguration"])


def after_ca(profile: str) -> list[str]:
    return profile.partition("</ca>\n")[2].split("\n")


def test_a_federated_profile_signs_in_by_browser(account: Account) -> None:
    endpoint = account.associated_endpoint()
    profile = export(account, endpoint)
    lines = profile.split("\n")
    assert lines[: len(HEAD)] == [line.format(endpoint=endpoint) for line in HEAD]
    assert after_ca(profile) == [
        "",
        "auth-user-pass",
        "auth-federate",
        "auth-retry interact",
        "auth-nocache",
        "reneg-sec 0",
        "verify-x509-name vpn.example.co.jp name",
        "",
    ]


def test_a_directory_profile_asks_for_a_password(account: Account) -> None:
    profile = export(account, account.associated_endpoint(AuthenticationOptions=[account.directory()]))
    assert after_ca(profile)[:3] == ["", "auth-user-pass", "reneg-sec 0"]


def test_a_mutual_profile_lacks_the_person_s_certificate(account: Account) -> None:
    profile = export(account, account.associated_endpoint(AuthenticationOptions=[account.mutual()]))
    assert after_ca(profile)[:2] == ["", "reneg-sec 0"]
    assert "<cert>" not in profile


def test_the_certificate_in_it_is_the_real_authority_of_the_server_s(account: Account) -> None:
    profile = export(account, account.associated_endpoint())
    pem = profile.partition("<ca>\n")[2].partition("</ca>")[0]
    authority = x509.load_pem_x509_certificate(pem.encode())
    server = x509.load_pem_x509_certificate(server_certificate("vpn.example.co.jp").certificate)
    server.verify_directly_issued_by(authority)


def test_it_follows_the_endpoint_s_settings(account: Account) -> None:
    endpoint = account.associated_endpoint(TransportProtocol="tcp")
    before = export(account, endpoint)
    assert export(account, endpoint) == before
    assert "\nproto tcp\n" in before
    account.ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint, VpnPort=1194)
    assert ".amazonaws.com 1194\n" in export(account, endpoint)


def test_a_new_server_certificate_changes_what_clients_trust(account: Account) -> None:
    endpoint = account.associated_endpoint()
    before = export(account, endpoint)
    other = account.import_certificate("other.example.co.jp")
    account.ec2.modify_client_vpn_endpoint(ClientVpnEndpointId=endpoint, ServerCertificateArn=other)
    assert export(account, endpoint) != before


def test_there_is_none_before_the_first_association(account: Account) -> None:
    with refused("InvalidClientVpnActiveAssociationNotFound"):
        export(account, account.endpoint())
