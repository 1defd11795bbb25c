"""What may have happened when the telephone rings, and the first cause that the agent must see."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from portal.access.models import User
from sandbox import company
from tests.vpn.connection_log.log_lines import assertion_received, ended, failed, keep, started, waiting
from tests.vpn.endpoints_in_database import rule, save_connection, save_endpoint
from vpn.certificates.models import Certificate, CertificateKind
from vpn.connect_attempts.models import ConnectAttempt
from vpn.connection_log.models import Connection, ConnectionStatus
from vpn.diagnosis.base.facts import person_facts
from vpn.diagnosis.base.layer import LayerId, LayerState
from vpn.diagnosis.base.symptoms import Symptom, Told
from vpn.diagnosis.causes import CauseId
from vpn.diagnosis.diagnose import Diagnosis, diagnose
from vpn.egress.models import EgressCheck
from vpn.endpoints.models import EgressAddressPeriod, Endpoint
from vpn.operations.models import Operation
from vpn.profiles.models import ProfileDownload

pytestmark = pytest.mark.django_db

HOME = "198.51.100.27"


def stamp(minutes: float) -> str:
    """So many minutes ago, as the log writes it."""
    return f"{timezone.now() - timedelta(minutes=minutes):%Y-%m-%d %H:%M:%S}"


class Situation:
    """田中 with the newest profile of an endpoint that is in order; each test changes what it is about."""

    def __init__(self, user: User) -> None:
        self.user, self.endpoint = user, save_endpoint()
        self.told = Told()
        self.download(self.endpoint)

    def download(self, endpoint: Endpoint, **changes: Any) -> None:
        fields = {"configuration_hash": endpoint.configuration_hash, "downloaded_at": timezone.now()}
        ProfileDownload.objects.create(user=self.user, endpoint=endpoint, **(fields | changes))

    def log(self, *lines: str) -> None:
        keep(lines)

    def values(self, **changes: Any) -> dict[str, Any]:
        return {
            "client_vpn_endpoint_id": self.endpoint.endpoint_id,
            "username": self.user.username,
            "device_ip": HOME,
        } | changes

    def connect(self, minutes: float = 10, **changes: Any) -> None:
        at = stamp(minutes)
        self.log(
            started(1, connection_start_time=at, connection_last_update_time=at, **self.values(**changes))
        )
        save_connection(
            self.endpoint,
            self.user.username,
            connection_id="cvpn-connection-00000000000000001",
            established_at=timezone.now() - timedelta(minutes=minutes),
        )

    def check(self, result: str, address: str = HOME, minutes: float = 1, system: str = "") -> None:
        EgressCheck.objects.create(
            user=self.user,
            result=result,
            address=address,
            system=system,
            checked_at=timezone.now() - timedelta(minutes=minutes),
        )

    def change(self, **fields: Any) -> None:
        Endpoint.objects.filter(pk=self.endpoint.pk).update(**fields)

    def diagnose(self) -> Diagnosis:
        return diagnose(person_facts(self.user.username, self.told))

    @property
    def cause(self) -> str:
        diagnosis = self.diagnose()
        if diagnosis.cause is None:
            return ""
        assert diagnosis.cause.id in set(CauseId)
        # What is said must be sayable, in both languages and without a gap.
        for text in (diagnosis.cause.sentence, diagnosis.cause.tell("ja"), diagnosis.cause.tell("en")):
            assert text
            assert "%(" not in text
        assert diagnosis.cause.agent or diagnosis.cause.administrator or diagnosis.cause.tell("en")
        return diagnosis.cause.id

    def state(self, layer: LayerId) -> LayerState:
        return next(result.state for result in self.diagnose().results if result.layer is layer)


@pytest.fixture
def situation(tanaka: User) -> Situation:
    return Situation(tanaka)


def test_the_endpoint_has_no_network(situation: Situation) -> None:
    situation.change(status="pending-associate")
    assert situation.cause == "closed"


def test_the_endpoint_is_paused_and_another_helps(situation: Situation, takahashi: User) -> None:
    save_endpoint("osaka-dr")
    situation.change(status="pending-associate")
    Operation.objects.create(
        number=1,
        kind="pause-endpoint",
        endpoint=situation.endpoint,
        digest="",
        reason="Nobody works at night",
        requested_by=takahashi,
        requested_by_username=takahashi.username,
        requested_by_name=takahashi.name,
        status="succeeded",
        lock_range=(0, 1),
        started_at=timezone.now(),
        finished_at=timezone.now(),
    )
    cause = situation.diagnose().cause
    assert cause is not None
    assert cause.id == "paused"
    assert "osaka-dr" in cause.tell("ja")


def test_somebody_connected_since_though_the_snapshot_is_old(situation: Situation) -> None:
    hour_ago = timezone.now() - timedelta(hours=1)
    situation.change(status="pending-associate", configuration_seen_at=hour_ago, seen_at=hour_ago)
    at = stamp(5)
    other = situation.values(username="sato@example.co.jp", device_ip="203.0.113.77")
    situation.log(started(7, connection_start_time=at, connection_last_update_time=at, **other))
    assert situation.state(LayerId.SERVICE) is LayerState.HOLDS


def test_the_way_out_is_broken(situation: Situation) -> None:
    situation.connect()
    situation.change(egress_ips=[])
    assert situation.cause == "no-egress"


@pytest.mark.parametrize(
    ("kind", "cause"),
    [
        (CertificateKind.SERVER, "server-certificate-ended"),
        (CertificateKind.SAML_PROVIDER, "saml-metadata-ended"),
    ],
)
def test_a_certificate_has_run_out(situation: Situation, kind: CertificateKind, cause: str) -> None:
    arns = {
        CertificateKind.SERVER: "arn:aws:acm:ap-northeast-1:123456789012:certificate/1",
        CertificateKind.SAML_PROVIDER: "arn:aws:iam::123456789012:saml-provider/sso",
    }
    situation.change(
        settings={
            "ServerCertificateArn": arns[CertificateKind.SERVER],
            "AuthenticationOptions": [
                {"FederatedAuthentication": {"SamlProviderArn": arns[CertificateKind.SAML_PROVIDER]}}
            ],
        }
    )
    now = timezone.now()
    Certificate.objects.create(
        account=situation.endpoint.account,
        kind=kind,
        reference=arns[kind],
        not_after=now - timedelta(hours=1),
        named_at=now,
        seen_at=now,
    )
    assert situation.cause == cause
    # Whoever is connected since then shows that AWS has another.
    situation.connect(minutes=5)
    assert situation.cause == ""


def others_fail(
    situation: Situation,
    count: int,
    reason: str = "client-connect-handler-timed-out",
    minutes: float = 8,
) -> None:
    situation.log(
        *(
            failed(
                20 + number,
                at=stamp(minutes - number / 10),
                reason=reason,
                **situation.values(username=f"p{number}@example.co.jp", device_ip=f"203.0.113.{number + 1}"),
            )
            for number in range(count)
        )
    )


def test_seven_others_fail_the_same_way(situation: Situation) -> None:
    others_fail(situation, 7)
    situation.log(failed(1, at=stamp(1), reason="client-connect-handler-timed-out", **situation.values()))
    cause = situation.diagnose().cause
    assert cause is not None
    assert (cause.id, cause.parameters["count"]) == ("many-fail", 7)
    assert "7" in cause.sentence


def test_two_others_are_no_outage_and_nor_are_many_of_another_kind(situation: Situation) -> None:
    others_fail(situation, 2)
    situation.log(failed(1, at=stamp(1), reason="client-connect-handler-timed-out", **situation.values()))
    assert situation.cause == "handler-fails"


def test_an_outage_that_is_over_is_not_the_cause(situation: Situation) -> None:
    others_fail(situation, 7)
    at = stamp(1)
    other = situation.values(username="sato@example.co.jp", device_ip="203.0.113.77")
    situation.log(
        failed(1, at=stamp(2), reason="client-connect-handler-timed-out", **situation.values()),
        started(9, connection_start_time=at, connection_last_update_time=at, **other),
    )
    assert situation.cause == "handler-fails"


def test_the_person_is_blocked(situation: Situation, takahashi: User) -> None:
    block = Operation.objects.create(
        number=1,
        kind="block-person",
        parameters={"usernames": [situation.user.username], "hours": 24},
        digest="",
        reason="Laptop stolen",
        requested_by_username=takahashi.username,
        requested_by_name=takahashi.name,
        status="succeeded",
        lock_range=(0, 1),
        started_at=timezone.now(),
    )
    situation.log(failed(1, at=stamp(1), reason="client-connect-failed", **situation.values()))
    assert situation.cause == "blocked"
    # As the log had the address before there was an account
    Operation.objects.filter(pk=block.pk).update(
        parameters={"usernames": ["b@example.co.jp", situation.user.username.upper()], "hours": 24}
    )
    assert situation.cause == "blocked"
    Operation.objects.filter(pk=block.pk).update(parameters={"usernames": ["somebody@example.co.jp"]})
    assert situation.cause == "handler-refused"
    Operation.objects.filter(pk=block.pk).update(parameters=block.parameters)
    Operation.objects.filter(pk=block.pk).update(started_at=timezone.now() - timedelta(hours=25))
    assert situation.cause == "handler-refused"


def test_the_groups_let_nobody_in(situation: Situation) -> None:
    situation.change(authorization_rules=[rule("0.0.0.0/0", group=company.ADMINS.id)])
    assert situation.cause == "no-group"


def test_the_profile_is_of_an_endpoint_that_is_gone(situation: Situation) -> None:
    save_endpoint("osaka-dr")
    situation.change(vanished_at=timezone.now() - timedelta(days=1))
    cause = situation.diagnose().cause
    assert cause is not None
    assert cause.id == "endpoint-gone"
    assert "osaka-dr" in cause.tell("en")


def test_the_profile_is_out_of_date_and_nothing_was_tried(situation: Situation) -> None:
    situation.change(configuration_hash="0" * 64)
    assert situation.cause == "profile-outdated"


def test_an_outdated_profile_that_connects_is_not_the_cause(situation: Situation) -> None:
    situation.change(configuration_hash="0" * 64)
    situation.connect()
    assert situation.cause == ""


def test_the_person_never_took_a_profile(situation: Situation) -> None:
    ProfileDownload.objects.all().delete()
    assert situation.cause == "no-profile"


def test_the_person_tries_an_endpoint_of_others(situation: Situation) -> None:
    other = save_endpoint("admins", authorization_rules=[rule("0.0.0.0/0", group=company.ADMINS.id)])
    values = situation.values(client_vpn_endpoint_id=other.endpoint_id)
    situation.log(failed(1, at=stamp(1), **values))
    assert situation.cause == "profile-not-allowed"


def test_the_browser_never_came_back(situation: Situation) -> None:
    situation.check("outside")
    nameless = situation.values(username="NA")
    # It is told by the address, since the log has no name yet.
    situation.log(waiting(1, at=stamp(6), **nameless), waiting(2, at=stamp(4), **nameless))
    assert situation.cause == "no-assertion"


def test_the_person_is_signing_in_right_now(situation: Situation) -> None:
    situation.check("outside")
    situation.log(waiting(1, at=stamp(0.5), **situation.values(username="NA")))
    assert situation.cause == ""
    assert situation.state(LayerId.SIGN_IN) is LayerState.UNKNOWN


def test_a_sign_in_from_an_address_that_others_use_is_nobodys(situation: Situation) -> None:
    situation.check("outside")
    at = stamp(30)
    other = situation.values(username="sato@example.co.jp")
    situation.log(
        started(7, connection_start_time=at, connection_last_update_time=at, **other),
        waiting(1, at=stamp(20), **situation.values(username="NA")),
    )
    assert situation.cause == ""
    assert situation.state(LayerId.NETWORK) is LayerState.UNKNOWN


@pytest.mark.parametrize(
    ("reason", "cause"),
    [
        ("client-connect-failed", "handler-refused"),
        ("client-connect-handler-timed-out", "handler-fails"),
        ("client-connect-handler-throttled", "handler-fails"),
        ("authorization-policy-deny", "policy-denied"),
        ("something-that-aws-never-documented", "unknown-reason"),
    ],
)
def test_aws_gives_a_reason(situation: Situation, reason: str, cause: str) -> None:
    situation.log(failed(1, at=stamp(1), reason=reason, **situation.values()))
    assert situation.cause == cause


def test_the_device_was_not_accepted(situation: Situation) -> None:
    evaluation = {
        "result": "deny",
        "evaluation-type": "connection-attempt",
        "shadow-mode": "disabled",
        "reason": "policy-deny",
        "device-token-status": {"crowdstrike": {"status": "failed", "reason": "token-expired"}},
    }
    situation.log(failed(1, at=stamp(1), **situation.values(authorization_policy_evaluation=evaluation)))
    cause = situation.diagnose().cause
    assert cause is not None
    assert cause.id == "device-posture"
    assert "token-expired" in cause.sentence


def test_a_later_success_makes_an_earlier_failure_history(situation: Situation) -> None:
    situation.log(failed(2, at=stamp(30), **situation.values()))
    situation.connect(minutes=5)
    assert situation.cause == ""


def test_connected_by_split_tunnel_and_a_site_refuses(situation: Situation) -> None:
    full = save_endpoint("osaka-full")
    situation.change(split_tunnel=True)
    situation.connect()
    situation.check("split")
    cause = situation.diagnose().cause
    assert cause is not None
    assert cause.id == "split-tunnel"
    assert full.label in cause.tell("ja")


def test_ipv6_goes_past_the_tunnel(situation: Situation) -> None:
    situation.connect()
    situation.check("vpn_v6", company.TOKYO.egress_ip)
    assert situation.cause == "ipv6-past-tunnel"


def test_connected_but_the_traffic_leaves_elsewhere(situation: Situation) -> None:
    situation.connect()
    situation.check("drift", "192.0.2.99")
    assert situation.cause == "drift"


@pytest.mark.parametrize(
    ("system", "cause"), [("iOS", ""), ("macOS", ""), ("Windows", "drift"), ("", "drift")]
)
def test_a_check_on_another_device_says_nothing_of_the_tunnel(
    situation: Situation, system: str, cause: str
) -> None:
    situation.connect(device_type="win")
    situation.check("drift", "192.0.2.99", system=system)
    assert situation.cause == cause
    if not cause:
        assert situation.state(LayerId.EGRESS) is LayerState.UNKNOWN


def test_the_fixed_address_is_new(situation: Situation) -> None:
    now, address = timezone.now(), company.TOKYO.egress_ip
    periods = EgressAddressPeriod.objects
    periods.create(
        endpoint=situation.endpoint, address="192.0.2.1", since=now - timedelta(days=90), until=now
    )
    situation.connect()
    situation.check("vpn", address)
    assert situation.cause == ""
    periods.create(endpoint=situation.endpoint, address=address, since=now - timedelta(hours=2))
    assert situation.cause == "address-new"


def test_a_route_is_missing_in_one_zone(situation: Situation) -> None:
    networks = [{"subnet_id": subnet, "status": "associated"} for subnet in ("subnet-a", "subnet-c")]
    routes = [
        {"destination_cidr": "0.0.0.0/0", "target_subnet": subnet, "status": "active"}
        for subnet in ("subnet-a", "subnet-c")
    ]
    routes.append({"destination_cidr": "10.0.0.0/8", "target_subnet": "subnet-a", "status": "active"})
    situation.change(target_networks=networks, routes=routes)
    situation.connect()
    # Whoever calls about another place isn't touched by it.
    assert situation.cause == ""
    assert situation.state(LayerId.DESTINATION) is LayerState.UNKNOWN
    situation.change(routes=[routes[0], *routes[2:]])
    cause = situation.diagnose().cause
    assert cause is not None
    assert (cause.id, cause.operation_query["target_subnet"]) == ("route-missing", "subnet-c")


def test_who_is_connected_and_in_no_group_of_a_rule_reaches_nothing(situation: Situation) -> None:
    route = {"destination_cidr": "0.0.0.0/0", "target_subnet": "subnet-a", "origin": "", "status": "active"}
    networks = [{"subnet_id": "subnet-a", "status": "associated"}]
    situation.change(target_networks=networks, routes=[route])
    situation.connect()
    assert situation.cause == ""
    situation.change(authorization_rules=[rule("0.0.0.0/0", group="engineers")])
    assert situation.cause == "no-rule"
    # What came through was let through: the VPN may have seen other groups.
    situation.check("vpn", company.TOKYO.egress_ip)
    assert situation.cause == ""


def test_the_connection_has_ended(situation: Situation) -> None:
    at = stamp(60)
    situation.log(
        started(1, connection_start_time=at, connection_last_update_time=at, **situation.values()),
        ended(1, at=stamp(2), connection_start_time=at, **situation.values()),
    )
    assert situation.cause == "not-connected"


def test_nothing_reached_aws_and_nothing_is_claimed(situation: Situation) -> None:
    diagnosis = situation.diagnose()
    assert diagnosis.cause is None
    [network] = [result for result in diagnosis.results if result.layer is LayerId.NETWORK]
    assert network.state is LayerState.UNKNOWN
    assert network.ask


def test_everything_works(situation: Situation) -> None:
    situation.connect()
    situation.check("vpn", company.TOKYO.egress_ip)
    diagnosis = situation.diagnose()
    assert diagnosis.cause is None
    assert {result.state for result in diagnosis.results} == {LayerState.HOLDS}
    # What only the person can see is asked for all the same.
    assert diagnosis.questions


def test_a_sign_in_that_led_on_is_no_failure(situation: Situation) -> None:
    nameless = situation.values(username="NA")
    situation.log(waiting(2, at=stamp(11), **nameless), assertion_received(2, at=stamp(10.9), **nameless))
    situation.connect(minutes=10.8)
    assert situation.cause == ""


def handled(situation: Situation, number: int = 1, **changes: Any) -> None:
    fields = {
        "connection_id": f"cvpn-connection-{number:017x}",
        "endpoint_id": situation.endpoint.endpoint_id,
        "at": timezone.now(),
        "username": situation.user.username,
        "platform": "win",
        "client_version": "6.2.0",
        "decision": "allow",
    }
    ConnectAttempt.objects.create(**(fields | changes))


def test_the_client_is_too_old_for_device_posture(situation: Situation) -> None:
    situation.change(settings={"DevicePostureOptions": {"TrustProviders": [{"Name": "crowdstrike"}]}})
    handled(situation, client_version="5.3.4")
    situation.log(failed(1, at=stamp(1), **situation.values()))
    cause = situation.diagnose().cause
    assert cause is not None
    assert cause.id == "client-upgrade"
    assert "5.3.4" in cause.sentence


def test_an_old_client_that_signed_in_is_not_what_stopped_it(situation: Situation) -> None:
    handled(situation, client_version="5.3.2")
    situation.log(failed(1, at=stamp(1), reason="client-connect-handler-timed-out", **situation.values()))
    assert situation.cause == "handler-fails"


def test_the_handler_found_the_person_on_the_deny_list(situation: Situation) -> None:
    handled(situation, decision="deny", reason="on-deny-list")
    situation.log(failed(1, at=stamp(1), reason="client-connect-failed", **situation.values()))
    assert situation.cause == "blocked"


def test_an_old_client_that_connected_lately_is_not_the_cause(situation: Situation) -> None:
    at = stamp(3 * 24 * 60)
    handled(situation, client_version="5.3.2", at=timezone.now() - timedelta(days=3))
    situation.log(
        started(1, connection_start_time=at, connection_last_update_time=at, **situation.values()),
        ended(1, at=stamp(3 * 24 * 60 - 30), connection_start_time=at, **situation.values()),
    )
    assert situation.cause == ""


def test_whoever_is_connected_and_has_not_checked_has_nothing_wrong_either(situation: Situation) -> None:
    situation.connect()
    diagnosis = situation.diagnose()
    assert diagnosis.nothing_wrong
    assert len(diagnosis.questions) == 3


def test_groups_and_routes_that_are_old_prove_nothing(situation: Situation) -> None:
    situation.change(
        authorization_rules=[rule("0.0.0.0/0", group=company.ADMINS.id)],
        seen_at=timezone.now() - timedelta(days=1),
    )
    assert situation.cause == ""
    assert situation.state(LayerId.ACCOUNT) is LayerState.UNKNOWN


def test_what_the_handler_let_in_has_a_profile_and_an_account(situation: Situation) -> None:
    ProfileDownload.objects.all().delete()
    assert situation.cause == "no-profile"
    # The connection log is minutes behind it.
    handled(situation)
    assert situation.cause == ""
    assert situation.state(LayerId.PROFILE) is LayerState.HOLDS


def cut_off_at_noon(situation: Situation) -> None:
    """Connected for hours, with a check soon after the beginning; the log has the end of it."""
    at = stamp(240)
    situation.log(
        started(1, connection_start_time=at, connection_last_update_time=at, **situation.values()),
        ended(1, at=stamp(10), connection_start_time=at, **situation.values()),
    )
    situation.check("vpn", company.TOKYO.egress_ip, minutes=235)


def test_a_check_of_this_morning_hides_no_outage_of_noon(situation: Situation) -> None:
    cut_off_at_noon(situation)
    assert not person_facts(situation.user.username).is_connected
    others_fail(situation, 7)
    assert situation.cause == "many-fail"


def test_a_check_of_this_morning_hides_nothing_that_the_person_says_now(situation: Situation) -> None:
    cut_off_at_noon(situation)
    situation.told = Told(frozenset({Symptom.CAPTIVE}))
    assert situation.cause == "no-internet"
    # Nor where the log has no end yet: AWS's list is newer than the check.
    Connection.objects.update(status=ConnectionStatus.OPEN, ended_at=None)
    assert situation.cause == "no-internet"
    # Only the log and the check are left, and neither knows of an end.
    situation.change(connections_seen_at=timezone.now() - timedelta(hours=1))
    assert person_facts(situation.user.username).is_connected


def test_a_check_after_the_end_proves_a_connection_that_the_log_lacks(situation: Situation) -> None:
    cut_off_at_noon(situation)
    EgressCheck.objects.update(checked_at=timezone.now() - timedelta(minutes=1))
    others_fail(situation, 7)
    assert person_facts(situation.user.username).is_connected
    assert situation.cause != "many-fail"
