"""What is read in a client configuration, by directive and never by place."""

import pytest

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import CONFIGURATION, save_endpoint
from vpn.endpoints.models import Endpoint
from vpn.profiles.configuration import configuration_faults, needs_device_posture


def endpoint(configuration: str, *, authentication: str = "federated-authentication") -> Endpoint:
    return Endpoint(configuration=configuration, authentication=[authentication])


def test_a_whole_federated_profile_has_no_fault() -> None:
    assert not configuration_faults(endpoint(CONFIGURATION))
    assert not configuration_faults(endpoint(CONFIGURATION.replace("\n", "\r\n")))
    assert not configuration_faults(endpoint("\ufeff" + CONFIGURATION))
    assert not configuration_faults(endpoint(""))


@pytest.mark.parametrize("absent", ["", "# auth-federate", "; auth-federate", "<ca>\nauth-federate\n</ca>"])
def test_a_federated_endpoint_without_auth_federate_is_a_fault(absent: str) -> None:
    configuration = CONFIGURATION.replace("auth-federate", absent)
    assert configuration_faults(endpoint(configuration)).lacks_federation
    assert not configuration_faults(endpoint(configuration, authentication="certificate-authentication"))


@pytest.mark.parametrize(
    "line",
    [
        "up /tmp/x",
        "down x",
        "plugin p.so",
        "script-security 2",
        "route-up x",
        "\tup x",
        "--up x",
        "tls-verify x",
    ],
)
def test_what_runs_a_program_is_a_fault(line: str) -> None:
    faults = configuration_faults(endpoint(f"{CONFIGURATION}\n{line}"))
    assert faults.runs_programs == [line.split()[0].lstrip("-")]


def test_a_directive_that_aws_does_not_name_is_told_apart() -> None:
    faults = configuration_faults(endpoint(f"{CONFIGURATION}\nsetenv X 1\nverify-x509-name server name"))
    assert (faults.unsupported, faults.runs_programs) == (["setenv"], [])


def test_an_inline_file_is_no_directive() -> None:
    assert not configuration_faults(
        endpoint(f"{CONFIGURATION}\n<cert>\nup down plugin\n</cert>\n<key>\nup\n</key>")
    )


def test_device_posture_is_seen() -> None:
    assert needs_device_posture(endpoint(f"{CONFIGURATION}\naws-auth-device-posture"))
    assert not needs_device_posture(endpoint(f"{CONFIGURATION}\n# aws-auth-device-posture"))
    assert not configuration_faults(endpoint(f"{CONFIGURATION}\naws-auth-device-posture"))


def test_an_administrator_is_warned_and_the_bytes_stay(
    takahashi: User, tanaka: User, signed_in: SignedIn
) -> None:
    configuration = f"{CONFIGURATION.replace('auth-federate', '')}\nup /bin/sh\n"
    row = save_endpoint(configuration=configuration)
    page = signed_in(takahashi).get(f"/endpoints/{row.endpoint_id}/").content.decode()
    assert "The profile lacks auth-federate." in page
    assert "It has up." in page
    employee = signed_in(tanaka)
    assert employee.get(f"/profiles/{row.endpoint_id}/download").content == configuration.encode()
    assert "auth-federate" not in employee.get("/profiles/").content.decode()


def test_a_profile_says_that_it_needs_a_newer_client(tanaka: User, signed_in: SignedIn) -> None:
    row = save_endpoint(configuration=f"{CONFIGURATION}\naws-auth-device-posture")
    client = signed_in(tanaka)
    for url in ("/", "/profiles/"):
        assert "Needs AWS VPN Client 6.2.0 or later" in client.get(url).content.decode()
    row.configuration = CONFIGURATION
    row.save(update_fields=["configuration"])
    assert "6.2.0" not in client.get("/profiles/").content.decode()
