"""What never reached AWS: the person's own words, and what the doctor script found, make the rules that need them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portal.access.models import User
from sandbox import company
from tests.vpn.connection_log.log_lines import failed, started, waiting
from tests.vpn.diagnosis.test_situations import HOME, Situation, handled, stamp
from tests.vpn.endpoints_in_database import CONFIGURATION, rule
from vpn.connection_log.models import LogSource
from vpn.diagnosis.base.facts import person_facts
from vpn.diagnosis.base.layer import LayerId, LayerState
from vpn.diagnosis.base.symptoms import Symptom, told
from vpn.profiles.models import ProfileDownload

pytestmark = pytest.mark.django_db


@pytest.fixture
def situation(tanaka: User) -> Situation:
    return Situation(tanaka)


BEFORE_THE_TUNNEL = {
    Symptom.PROFILES_GONE: "profiles-gone",
    Symptom.IMPORT_FAILS: "import-fails",
    Symptom.PASSWORD_BOX: "profile-incomplete",
    Symptom.CERT_AND_KEY: "profile-incomplete",
    Symptom.NO_TAP: "client-broken",
    Symptom.HELPER_TOOL: "client-broken",
    Symptom.SEVERAL_USERS: "several-users",
    Symptom.CAPTIVE: "no-internet",
    Symptom.RECONNECTING: "name-not-found",
    Symptom.TLS: "port-blocked",
    Symptom.NETWORK_CHANGED: "network-changed",
    Symptom.OTHER_VPN: "other-vpn",
    Symptom.NO_BROWSER: "no-browser",
    Symptom.NO_PORTS: "port-taken",
    Symptom.CREDENTIALS: "assertion-refused",
    Symptom.TOO_LARGE: "assertion-too-large",
    Symptom.CLOCK: "clock-wrong",
}
IN_THE_TUNNEL = {
    Symptom.OTHER_VPN: "second-tunnel",
    Symptom.NAMES: "names-not-found",
    Symptom.HANGS: "packets-too-large",
    Symptom.LAN: "lan-unreachable",
}


def test_every_symptom_has_a_cause() -> None:
    assert set(BEFORE_THE_TUNNEL) | set(IN_THE_TUNNEL) == set(Symptom)


@pytest.mark.parametrize(("symptom", "cause"), BEFORE_THE_TUNNEL.items())
def test_not_connected(situation: Situation, symptom: Symptom, cause: str) -> None:
    assert situation.cause == ""
    situation.told = told(symptom=symptom)
    assert situation.cause == cause


@pytest.mark.parametrize(("symptom", "cause"), IN_THE_TUNNEL.items())
def test_connected(situation: Situation, symptom: Symptom, cause: str) -> None:
    situation.connect()
    situation.told = told(symptom=symptom)
    assert situation.cause == cause


def test_what_is_told_of_connecting_is_over_for_whoever_is_connected(situation: Situation) -> None:
    situation.connect()
    situation.check("vpn", company.TOKYO.egress_ip)
    situation.told = told(symptom=Symptom.TLS, doctor={"port35001": "taken"})
    assert situation.cause == ""


def test_an_outage_beats_what_the_person_says(situation: Situation) -> None:
    situation.change(status="pending-associate")
    situation.told = told(symptom=Symptom.NO_PORTS)
    assert situation.cause == "closed"


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("The authentication flow could not be initiated. There are no available ports.", "port-taken"),
        (
            "It says: The credentials received were incorrect. Contact your IT administrator.",
            "assertion-refused",
        ),
        ("the credentials exceed the maximum size", "assertion-too-large"),
        ("TLS Error: TLS key negotiation failed to occur within 60 seconds", "port-blocked"),
        ("RESOLVE: Cannot resolve host address: cvpn-endpoint-0a.prod.clientvpn", "name-not-found"),
        ("VERIFY ERROR: depth=0, error=certificate is not yet valid", "clock-wrong"),
        ("There are no TAP-Windows adapters on this system.", "client-broken"),
        ("Options error: Unrecognized option or missing parameter: tap-sleep", "import-fails"),
        ("AUTH_FAILED,CRV1:R:abc:def:https://idp", ""),
    ],
)
def test_the_message_that_was_shared_names_the_cause(situation: Situation, line: str, cause: str) -> None:
    situation.told = told(note=line)
    assert situation.cause == cause


@pytest.mark.parametrize(
    ("doctor", "cause"),
    [
        ({"port35001": "taken"}, "port-taken"),
        ({"dns": "fails"}, "name-not-found"),
        ({"users": "2"}, "several-users"),
        ({"users": "1"}, ""),
        ({"tcp443": "fails"}, ""),
        ({"net": "10.8.0.0"}, "lan-overlaps"),
        ({"net": "192.168.11.0"}, ""),
        ({"net": "nonsense"}, ""),
    ],
)
def test_the_doctor_script_found_it(situation: Situation, doctor: dict[str, str], cause: str) -> None:
    situation.change(client_cidr_block="10.8.0.0/16", transport_protocol="udp")
    situation.told = told(doctor=doctor)
    assert situation.cause == cause


def test_a_knock_at_tcp_counts_only_where_the_vpn_uses_it(situation: Situation) -> None:
    situation.change(transport_protocol="tcp")
    situation.told = told(doctor={"tcp443": "fails"})
    assert situation.cause == "port-blocked"


def test_version_6_refuses_a_directive_of_the_profile(situation: Situation) -> None:
    situation.change(configuration=f"{CONFIGURATION}\ntun-mtu-extra 32\n")
    assert situation.cause == ""
    handled(situation, client_version="6.2.0", at=timezone.now() - timedelta(days=1))
    cause = situation.diagnose().cause
    assert cause is not None
    assert cause.id == "profile-refused"
    assert "tun-mtu-extra" in cause.sentence
    # It got through with the very file.
    situation.connect()
    assert situation.cause == ""


@pytest.mark.parametrize(
    ("platform", "version", "cause"),
    [
        ("win", "6.1", "system-unsupported"),
        ("win", "10.0.19045", "system-unsupported"),
        ("win", "10.0.22631", ""),
        # Windows 10 and 11 both call themselves so.
        ("win", "10.0", ""),
        ("mac", "13.6", "system-unsupported"),
        ("mac", "15.6", ""),
    ],
)
def test_the_system_is_too_old(situation: Situation, platform: str, version: str, cause: str) -> None:
    handled(situation, platform=platform, platform_version=version, at=timezone.now() - timedelta(hours=13))
    assert situation.cause == cause


def test_two_people_at_one_address_may_share_a_computer(situation: Situation) -> None:
    at = stamp(30)
    other = situation.values(username="sato@example.co.jp")
    situation.log(
        started(7, connection_start_time=at, connection_last_update_time=at, **other),
        failed(1, at=stamp(1), reason="client-connect-failed", **situation.values()),
    )
    [client] = [result for result in situation.diagnose().results if result.layer is LayerId.CLIENT]
    assert client.state is LayerState.UNKNOWN
    assert client.ask


def test_an_office_or_a_hotel_is_no_shared_computer(situation: Situation) -> None:
    at = stamp(30)
    for number in range(4):
        other = situation.values(username=f"p{number}@example.co.jp")
        situation.log(started(20 + number, connection_start_time=at, connection_last_update_time=at, **other))
    situation.log(failed(1, at=stamp(1), reason="client-connect-failed", **situation.values()))
    assert person_facts(situation.user.username).neighbours == 0


def groups(situation: Situation, count: int) -> None:
    situation.user.groups = [company.EMPLOYEES.id, *(f"group-{number}" for number in range(count - 1))]
    situation.user.save()


def test_aws_reads_two_hundred_groups(situation: Situation) -> None:
    groups(situation, 240)
    situation.connect()
    cause = situation.diagnose().cause
    assert cause is not None
    assert cause.id == "too-many-groups"
    assert "240" in cause.sentence
    # The VPN saw the one that counts.
    handled(situation, groups=[company.EMPLOYEES.id])
    assert situation.cause == ""


def test_two_hundred_groups_are_read_and_a_rule_for_all_asks_for_none(situation: Situation) -> None:
    groups(situation, 200)
    situation.connect()
    assert situation.cause == ""
    groups(situation, 240)
    situation.change(authorization_rules=[rule("0.0.0.0/0")])
    assert situation.cause == ""


def test_the_name_arrives_cut_off(situation: Situation) -> None:
    name = situation.user.username[:8]
    situation.log(failed(1, at=stamp(2), **situation.values(username=name)))
    cause = situation.diagnose().cause
    assert cause is not None
    assert cause.id == "name-cut"
    assert name in cause.sentence


def test_a_colleague_with_a_shorter_name_is_no_cut_name(situation: Situation) -> None:
    name = situation.user.username[:8]
    User.objects.create(username=name)
    situation.log(failed(1, at=stamp(2), **situation.values(username=name)))
    assert situation.cause == ""


def test_the_profile_is_from_before_device_posture(situation: Situation) -> None:
    ProfileDownload.objects.update(
        downloaded_at=timezone.now() - timedelta(days=9), configuration_hash="0" * 64
    )
    situation.change(configuration=f"{CONFIGURATION}\naws-auth-device-posture\n")
    situation.log(failed(1, at=stamp(1), reason="authorization-policy-deny", **situation.values()))
    assert situation.cause == "profile-outdated"


def test_the_handler_refused_what_the_log_does_not_have_yet(situation: Situation) -> None:
    situation.log(waiting(1, at=stamp(6), **situation.values()))
    handled(situation, number=2, decision="deny", reason="deny-list-unreadable")
    assert situation.cause == "handler-fails"
    assert situation.state(LayerId.SIGN_IN) is LayerState.HOLDS


def test_an_attempt_from_before_the_log_fell_behind_is_history(situation: Situation) -> None:
    long_ago = timezone.now() - timedelta(hours=2)
    situation.change(log_group="/vpn")
    LogSource.objects.create(
        account=situation.endpoint.account, log_group="/vpn", seen_at=long_ago, read_until=long_ago
    )
    situation.log(failed(1, at=stamp(130), reason="client-connect-failed", **situation.values()))
    assert situation.cause == ""
    assert situation.state(LayerId.SIGN_IN) is LayerState.UNKNOWN
    assert situation.state(LayerId.ADMISSION) is LayerState.UNKNOWN


def test_who_opens_the_portal_has_internet(situation: Situation) -> None:
    situation.check("outside")
    [network] = [result for result in situation.diagnose().results if result.layer is LayerId.NETWORK]
    assert network.state is LayerState.UNKNOWN
    assert any(HOME in line.text for line in network.evidence)
