"""Breaking the sandbox's world and mending it, with a real sandbox AWS and identity provider behind the page."""

import html
import http.client
import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import cache
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import urlopen

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from sandbox.aws.control import Control
from sandbox.aws.seed import ACCESS_KEY, SECRET_KEY, administrator
from sandbox.aws.seed_vpn import log_group_name, seeded_endpoint_id
from sandbox.company import ENGINEERING, IDENTITY_STORE_ID, OSAKA, TOKYO
from sandbox.idp.server import IdpServer
from sandbox.network.faults.catalogue import GROUPS, OFFERS
from sandbox.network.faults.console_offers import CONSOLE
from sandbox.network.faults.offers import Offer
from sandbox.network.faults.witness_offers import WITNESSES
from sandbox.network.faults.wrong_answers import SLOW_SECONDS
from sandbox.network.person_states import STATES
from sandbox.network.server import NetworkServer
from sandbox.network.texts import WORDS
from tests.sandbox.network.upstream import Upstream

PATH = "/sandbox/faults/"


class Visitor:
    """Somebody in front of the page, in English."""

    def __init__(self, port: int) -> None:
        self._port = port

    def look(self, path: str = PATH, *, language: str = "en") -> str:
        response, page = self._ask("GET", path, headers={"Accept-Language": language})
        assert response.status == 200
        return page

    def post(self, fields: dict[str, str], **headers: str) -> tuple[http.client.HTTPResponse, str]:
        sent = {
            "Origin": f"http://localhost:{self._port}",
            "Content-Type": "application/x-www-form-urlencoded",
            "Accept-Language": "en",
            **headers,
        }
        return self._ask("POST", PATH, urlencode(fields), headers=sent)

    def breaks(self, offer_id: str) -> None:
        self._press("break", offer_id)

    def mends(self, key: str) -> None:
        self._press("mend", key)

    def broken(self) -> list[str]:
        """What the page lists as broken now, by the buttons that mend it."""
        return re.findall(
            r'name="mend" value="(?!everything)[^"]+">Mend<span class="unseen">: ([^<]*)', self.look()
        )

    def find_key(self, name: str) -> str:
        (key,) = re.findall(rf'value="([^"]+)">Mend<span class="unseen">: {re.escape(name)}<', self.look())
        return str(key)

    def _press(self, button: str, value: str) -> None:
        response, page = self.post({button: value})
        assert (response.status, response.getheader("Location")) == (303, PATH), page

    def _ask(
        self, method: str, path: str, body: str | None = None, *, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, str]:
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as connection:
            connection.request(method, path, body, {"Host": f"localhost:{self._port}", **headers})
            response = connection.getresponse()
            return response, html.unescape(response.read().decode())


@pytest.fixture
def control(aws_url: str) -> Control:
    return Control(aws_url)


@pytest.fixture
def idp() -> Iterator[IdpServer]:
    with IdpServer() as server:
        yield server


@pytest.fixture
def visitor(aws_url: str, idp: IdpServer, upstream: Upstream) -> Iterator[Visitor]:
    with NetworkServer(portal=upstream.place, aws=aws_url, identity_provider=f"{idp.url}/") as server:
        visitor = Visitor(server.port)
        yield visitor
        visitor.mends("everything")
        assert visitor.broken() == []


@pytest.fixture
def ec2(aws_url: str) -> Iterator[Any]:
    with closing(client(aws_url, TOKYO.region)) as ec2:
        yield ec2


def client(aws_url: str, region: str) -> Any:
    """For calls as the portal makes them, tried once and given up before a slow answer comes."""
    config = Config(read_timeout=SLOW_SECONDS / 4, retries={"total_max_attempts": 1})
    return session().client("ec2", region_name=region, endpoint_url=aws_url, config=config)


@cache
def session() -> Any:
    """One for all clients: each new one reads EC2's large model again."""
    return boto3.session.Session(ACCESS_KEY, SECRET_KEY)


def name(offer_id: str) -> str:
    return OFFERS[offer_id].name.en


def error_code(error: Exception) -> str:
    return str(error.response["Error"]["Code"]) if isinstance(error, ClientError) else type(error).__name__


@pytest.mark.parametrize(
    ("offer_id", "code"),
    [
        ("throttled", "RequestLimitExceeded"),
        ("failing", "InternalError"),
        ("expired", "ExpiredToken"),
        ("tokyo-drops", "ConnectionClosedError"),
        ("cut", "ResponseParserError"),
        ("off", "ConnectionClosedError"),
        ("slow", "ReadTimeoutError"),
    ],
)
def test_aws_answers_wrongly_until_it_is_mended(visitor: Visitor, ec2: Any, offer_id: str, code: str) -> None:
    visitor.breaks(offer_id)
    assert visitor.broken() == [name(offer_id)]
    with pytest.raises((ClientError, BotoCoreError, ResponseParserError)) as refusal:
        ec2.describe_client_vpn_endpoints()
    assert error_code(refusal.value) == code
    visitor.mends(visitor.find_key(name(offer_id)))
    assert visitor.broken() == []
    assert ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"]


def test_only_the_denied_action_is_refused(visitor: Visitor, ec2: Any) -> None:
    (endpoint,) = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"]
    visitor.breaks("denied")
    with pytest.raises(ClientError, match="UnauthorizedOperation"):
        ec2.describe_client_vpn_connections(ClientVpnEndpointId=endpoint["ClientVpnEndpointId"])
    assert ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"] == [endpoint]


@pytest.mark.parametrize(
    ("offer_id", "code"),
    [("log-throttled", "ThrottlingException"), ("log-denied", "AccessDeniedException")],
)
def test_only_reading_the_log_is_refused(visitor: Visitor, aws_url: str, offer_id: str, code: str) -> None:
    with closing(administrator(aws_url, TOKYO)("logs")) as logs:
        visitor.breaks(offer_id)
        assert visitor.broken() == [name(offer_id)]
        with pytest.raises(ClientError, match=code):
            logs.filter_log_events(logGroupName=log_group_name(TOKYO))
        assert logs.describe_log_groups()["logGroups"]
        visitor.mends(visitor.find_key(name(offer_id)))
        assert "events" in logs.filter_log_events(logGroupName=log_group_name(TOKYO))


def test_the_log_group_is_deleted_and_made_anew(visitor: Visitor, aws_url: str) -> None:
    with closing(administrator(aws_url, TOKYO)("logs")) as logs:
        visitor.breaks("log-group")
        assert visitor.broken() == [name("log-group")]
        with pytest.raises(ClientError, match="ResourceNotFoundException"):
            logs.filter_log_events(logGroupName=log_group_name(TOKYO))
        visitor.mends("log-group")
        assert visitor.broken() == []
        assert logs.filter_log_events(logGroupName=log_group_name(TOKYO))["events"] == []


def test_the_log_comes_late_twice_and_broken_until_it_is_mended(visitor: Visitor, control: Control) -> None:
    untroubled = control.log_switches()
    for offer_id in ("log-late", "log-duplicates", "log-malformed"):
        visitor.breaks(offer_id)
    assert visitor.broken() == [name("log-late"), name("log-duplicates"), name("log-malformed")]
    changed = {key for key, value in control.log_switches().items() if value != untroubled[key]}
    assert changed == {"late", "duplicates", "shuffled", "malformed"}
    visitor.mends("log-late")
    assert visitor.broken() == [name("log-duplicates"), name("log-malformed")]
    visitor.mends("everything")
    assert control.log_switches() == untroubled


def test_the_log_stops_and_metrics_contradict_it_until_that_is_mended(
    visitor: Visitor, control: Control
) -> None:
    untroubled = control.log_switches()
    offers = ("log-stopped", "unlogged-failures", "nat-ports", "tunnel-metric")
    for offer_id in offers:
        visitor.breaks(offer_id)
    assert set(visitor.broken()) == {name(offer_id) for offer_id in offers}
    assert control.log_switches()["stopped"]
    overrides = {entry["metric"]: entry["value"] for entry in control.metrics()["overrides"]}
    assert overrides == {"AuthenticationFailures": 7, "ErrorPortAllocation": 25, "TunnelState": 0}
    visitor.mends("nat-ports")
    assert name("nat-ports") not in visitor.broken()
    visitor.mends("everything")
    assert visitor.broken() == []
    assert control.log_switches() == untroubled
    assert all(entry["until"] for entry in control.metrics()["overrides"])


def test_only_the_first_page_of_a_long_listing_is_whole(visitor: Visitor, ec2: Any) -> None:
    (endpoint,) = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"]
    visitor.breaks("cut-later")
    where = {"ClientVpnEndpointId": endpoint["ClientVpnEndpointId"]}
    assert ec2.describe_client_vpn_routes(**where)["Routes"]
    with pytest.raises(ResponseParserError):
        ec2.describe_client_vpn_routes(**where, NextToken="of the first page")


def test_one_region_drops_connections_and_the_other_does_not(visitor: Visitor, aws_url: str) -> None:
    visitor.breaks("tokyo-drops")
    with closing(client(aws_url, OSAKA.region)) as osaka:
        assert osaka.describe_client_vpn_endpoints()["ClientVpnEndpoints"] == []


def test_the_nat_gateway_disappears_and_is_built_anew_with_the_same_address(
    visitor: Visitor, ec2: Any
) -> None:
    visitor.breaks("nat-gateway")
    assert visitor.broken() == [name("nat-gateway")]
    assert default_routes(ec2).count("blackhole") == 1
    assert live_addresses(ec2) == []
    visitor.mends("nat-gateway")
    assert visitor.broken() == []
    assert "blackhole" not in default_routes(ec2)
    assert live_addresses(ec2) == [TOKYO.egress_ip]


def default_routes(ec2: Any) -> list[str]:
    tables = ec2.describe_route_tables()["RouteTables"]
    routes = [route for table in tables for route in table["Routes"]]
    return [str(route["State"]) for route in routes if route.get("DestinationCidrBlock") == "0.0.0.0/0"]


def live_addresses(ec2: Any) -> list[str]:
    nat_gateways = ec2.describe_nat_gateways(Filter=[{"Name": "state", "Values": ["available"]}])[
        "NatGateways"
    ]
    return [
        str(address["PublicIp"])
        for nat_gateway in nat_gateways
        for address in nat_gateway["NatGatewayAddresses"]
    ]


def test_the_nat_gateway_can_disappear_again(visitor: Visitor, ec2: Any) -> None:
    for _ in range(2):
        visitor.breaks("nat-gateway")
        assert live_addresses(ec2) == []
        visitor.mends("nat-gateway")
        assert live_addresses(ec2) == [TOKYO.egress_ip]


def tunnels(ec2: Any) -> list[str]:
    (line,) = ec2.describe_vpn_connections()["VpnConnections"]
    return [str(tunnel["Status"]) for tunnel in line["VgwTelemetry"]]


def test_one_tunnel_goes_down_then_both(visitor: Visitor, ec2: Any) -> None:
    visitor.breaks("one-tunnel")
    assert tunnels(ec2) == ["DOWN", "UP"]
    assert visitor.broken() == [name("one-tunnel")]
    visitor.breaks("office-line")
    assert tunnels(ec2) == ["DOWN", "DOWN"]
    assert visitor.broken() == [name("office-line")]
    visitor.mends("office-line")
    assert tunnels(ec2) == ["UP", "UP"]


def test_the_line_can_be_cut_and_mended_while_aws_does_not_answer(visitor: Visitor, ec2: Any) -> None:
    visitor.look()
    visitor.breaks("off")
    visitor.breaks("office-line")
    assert visitor.broken() == [name("off"), name("office-line")]
    visitor.mends("office-line")
    assert visitor.broken() == [name("off")]
    visitor.mends("everything")
    assert tunnels(ec2) == ["UP", "UP"]


def test_what_needs_aws_says_so_while_aws_is_broken(visitor: Visitor, ec2: Any) -> None:
    visitor.breaks("throttled")
    response, page = visitor.post({"break": "nat-gateway"})
    assert response.status == 502
    assert "While AWS is broken, mend it first" in page
    assert "RequestLimitExceeded" in page
    visitor.mends("everything")
    assert live_addresses(ec2) == [TOKYO.egress_ip]


def test_the_next_association_fails_and_is_then_forgotten(
    visitor: Visitor, aws_url: str, control: Control
) -> None:
    visitor.breaks("association")
    assert visitor.broken() == [name("association")]
    with closing(administrator(aws_url, TOKYO)("ec2")) as ec2:
        endpoint = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"][0]["ClientVpnEndpointId"]
        subnet = next(
            subnet["SubnetId"]
            for subnet in ec2.describe_subnets()["Subnets"]
            if {"Key": "Name", "Value": f"{TOKYO.label}-public"} in subnet.get("Tags", [])
        )
        zone = {"AvailabilityZone": f"{TOKYO.region}c", "CidrBlock": "10.0.77.0/24"}
        vpc = ec2.describe_subnets(SubnetIds=[subnet])["Subnets"][0]["VpcId"]
        other = ec2.create_subnet(VpcId=vpc, **zone)["Subnet"]["SubnetId"]
        made = ec2.associate_client_vpn_target_network(ClientVpnEndpointId=endpoint, SubnetId=other)
        control.skip(60)
        target_networks = ec2.describe_client_vpn_target_networks(
            ClientVpnEndpointId=endpoint, AssociationIds=[made["AssociationId"]]
        )["ClientVpnTargetNetworks"]
    assert target_networks[0]["Status"]["Code"] == "association-failed"
    assert visitor.broken() == []


def test_an_association_that_was_to_fail_is_spared(visitor: Visitor) -> None:
    visitor.breaks("association")
    visitor.mends("association")
    assert visitor.broken() == []


@pytest.mark.parametrize("offer", WITNESSES, ids=lambda offer: offer.id)
def test_what_other_services_tell_of_is_caused_and_taken_back(visitor: Visitor, offer: Offer) -> None:
    visitor.breaks(offer.id)
    assert visitor.broken() == [offer.name.en]
    visitor.mends(offer.id)
    assert visitor.broken() == []


def test_a_certificate_ends_in_acm_and_a_group_is_gone_from_the_directory(
    visitor: Visitor, aws_url: str
) -> None:
    def days_left() -> list[int]:
        certificates = acm.list_certificates(Includes={"keyTypes": ["EC_prime256v1"]})
        return sorted(
            (row["NotAfter"] - datetime.now(UTC)).days for row in certificates["CertificateSummaryList"]
        )

    acm, store = (administrator(aws_url, TOKYO)(service) for service in ("acm", "identitystore"))
    visitor.breaks("certificate-ends")
    assert days_left()[0] == 6
    visitor.breaks("certificate-expired")
    assert days_left()[0] <= 0
    assert visitor.broken() == [name("certificate-expired")]
    visitor.breaks("group-deleted")
    groups = store.list_groups(IdentityStoreId=IDENTITY_STORE_ID)["Groups"]
    assert ENGINEERING.id not in {group["GroupId"] for group in groups}


@pytest.mark.parametrize(("offer_id", "path"), [("sign-in", "/sso"), ("metadata", "/metadata")])
def test_a_part_of_the_identity_provider_goes_down(
    visitor: Visitor, idp: IdpServer, offer_id: str, path: str
) -> None:
    visitor.breaks(offer_id)
    assert visitor.broken() == [name(offer_id)]
    with pytest.raises(HTTPError) as refusal, urlopen(f"{idp.url}{path}", timeout=10):
        pass
    refusal.value.close()
    assert refusal.value.code == 503
    assert not idp.down
    visitor.mends(offer_id)
    assert visitor.broken() == []


def test_an_outage_that_began_elsewhere_is_listed_too(
    visitor: Visitor, idp: IdpServer, control: Control
) -> None:
    idp.down = True
    control.fail("DescribeAddresses", "UnauthorizedOperation", times=9)
    assert visitor.broken()[1:] == [name("sign-in"), name("metadata")]
    assert "kind: error, action: DescribeAddresses, code: UnauthorizedOperation, times: 9" in visitor.look()
    visitor.mends("everything")
    assert not idp.down
    assert control.faults() == []


def test_what_is_broken_is_not_broken_twice(visitor: Visitor, control: Control) -> None:
    for _ in range(2):
        visitor.breaks("throttled")
    assert len(control.faults()) == 1


def test_what_somebody_else_has_mended_is_left_alone(visitor: Visitor, control: Control) -> None:
    visitor.breaks("throttled")
    key = visitor.find_key(name("throttled"))
    control.heal()
    visitor.mends(key)
    assert visitor.broken() == []


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
def test_another_sites_form_breaks_nothing(visitor: Visitor, origin: str) -> None:
    response, _ = visitor.post({"break": "off"}, Origin=origin)
    assert response.status == 400
    assert visitor.broken() == []


@pytest.mark.parametrize("fields", [{}, {"break": "moon"}])
def test_only_what_is_offered_can_be_broken(visitor: Visitor, fields: dict[str, str]) -> None:
    response, page = visitor.post(fields)
    assert response.status == 400
    assert "That choice was not accepted" in page


def test_where_nobody_can_be_asked_the_page_says_so(upstream: Upstream) -> None:
    nowhere = "http://127.0.0.1:9"
    with NetworkServer(portal=upstream.place, aws=nowhere, identity_provider=nowhere) as server:
        page = Visitor(server.port).look()
    assert "What is broken now can't be told" in page
    assert "Nothing is broken" not in page


@pytest.mark.parametrize("language", ["ja", "en"])
def test_the_page_is_in_the_chosen_language_and_safe(visitor: Visitor, language: str) -> None:
    visitor.breaks("off")
    page = visitor.look(language=language)
    for title, offers in GROUPS:
        assert f">{getattr(title, language)}<" in page
        for offer in offers:
            assert getattr(offer.name, language) in page
    other = WORDS["en" if language == "ja" else "ja"]
    assert not [words for words in other.values() if f">{words}<" in page]
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page)
    assert WORDS[language]["is_broken"] in page


@pytest.mark.parametrize("path", ["/sandbox/", "/sandbox/network/"])
def test_the_other_pages_lead_there(visitor: Visitor, path: str) -> None:
    assert f'href="{PATH}"' in visitor.look(path)


def test_somebody_else_clicks_in_the_console_and_takes_it_back(
    visitor: Visitor, ec2: Any, aws_url: str
) -> None:
    for offer in CONSOLE:
        visitor.breaks(offer.id)
    assert visitor.broken() == [offer.name.en for offer in CONSOLE]
    tokyo = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"][0]
    assert (tokyo["SplitTunnel"], tokyo["ConnectionLogOptions"]["Enabled"]) == (True, False)
    with closing(session().client("cloudtrail", region_name=TOKYO.region, endpoint_url=aws_url)) as trail:
        newest = trail.lookup_events(MaxResults=4)["Events"]
    who = [(event["EventName"], event["Username"]) for event in reversed(newest)]
    assert who == [
        ("DeleteClientVpnRoute", "h.yamada@example.co.jp"),
        ("RevokeClientVpnIngress", "netops.ito"),
        ("ModifyClientVpnEndpoint", "root"),
        ("ModifyClientVpnEndpoint", "deploy-4711"),
    ]
    visitor.mends("everything")
    assert visitor.broken() == []
    tokyo = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"][0]
    assert (tokyo["SplitTunnel"], tokyo["ConnectionLogOptions"]["Enabled"]) == (False, True)


def test_a_person_can_be_put_into_every_state(visitor: Visitor, control: Control) -> None:
    misaki = "m.tanaka@example.co.jp"

    def places() -> list[str]:
        return [
            connection["endpoint_id"]
            for connection in control.connections()
            if connection["username"] == misaki and connection["status"] == "active"
        ]

    connected = {"connected": TOKYO, "split": OSAKA}
    # Back to nothing at the end: the connections are the other tests', too.
    for state in [*STATES, "away"]:
        response, page = visitor.post({"person": misaki, "state": state})
        assert response.status == 303, page
        expected = [seeded_endpoint_id(connected[state])] if state in connected else []
        assert places() == expected, state


@pytest.mark.parametrize(
    "fields", [{"state": "nonsense", "person": "m.tanaka@example.co.jp"}, {"state": "away", "person": "x"}]
)
def test_nobody_else_is_put_into_a_state(visitor: Visitor, fields: dict[str, str]) -> None:
    response, page = visitor.post(fields)
    assert response.status == 400
    assert WORDS["en"]["bad_choice"] in page
