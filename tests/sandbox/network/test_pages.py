"""The sandbox's own pages, with a real sandbox AWS behind them."""

import http.client
import re
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any
from urllib.parse import urlencode

import pytest

from sandbox.aws.control import Control
from sandbox.aws.seed import administrator
from sandbox.company import OSAKA, PEOPLE, TOKYO
from sandbox.network.browser_location import STALE_SECONDS
from sandbox.network.places import PLACES
from sandbox.network.server import NetworkServer
from sandbox.network.texts import WORDS
from tests.sandbox.network.upstream import Upstream

TANAKA, OBRIEN = PEOPLE[0], PEOPLE[1]


@pytest.fixture
def control(aws_url: str) -> Iterator[Control]:
    control = Control(aws_url)
    yield control
    control.heal()


@pytest.fixture
def network(aws_url: str, upstream: Upstream) -> Iterator[NetworkServer]:
    idp = "http://localhost:7000/"
    with NetworkServer(portal=upstream.place, aws=aws_url, identity_provider=idp) as server:
        yield server


class Person:
    """Somebody with a browser in front of the sandbox network."""

    def __init__(self, network: NetworkServer) -> None:
        self._port = network.port

    def get(self, path: str, **headers: str) -> tuple[http.client.HTTPResponse, str]:
        return self._ask("GET", path, headers=headers)

    def move(self, place: str, person: str = TANAKA.email, **headers: str) -> tuple[Any, str]:
        body = urlencode({"place": place, "person": person})
        sent = {"Origin": f"http://localhost:{self._port}", **headers}
        sent["Content-Type"] = "application/x-www-form-urlencoded"
        return self._ask("POST", "/sandbox/network/", body, headers=sent)

    def _ask(
        self, method: str, path: str, body: str | None = None, *, headers: dict[str, str]
    ) -> tuple[http.client.HTTPResponse, str]:
        sent = {"Host": f"localhost:{self._port}"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        with closing(http.client.HTTPConnection("127.0.0.1", self._port, timeout=30)) as connection:
            connection.request(method, path, body, sent)
            response = connection.getresponse()
            return response, response.read().decode()


@pytest.fixture
def person(network: NetworkServer) -> Person:
    return Person(network)


def live(control: Control) -> list[dict[str, Any]]:
    return [connection for connection in control.connections() if connection["status"] == "active"]


def test_choosing_the_vpn_connects_the_person_and_leaving_disconnects(
    person: Person, control: Control, network: NetworkServer
) -> None:
    response, _ = person.move("vpn-tokyo", OBRIEN.email)
    assert (response.status, response.getheader("Location")) == (303, "/sandbox/network/")
    (connection,) = live(control)
    assert (connection["region"], connection["username"]) == (TOKYO.region, OBRIEN.email)
    assert connection["device_ip"] == "198.51.100.27"
    _, page = person.get("/sandbox/network/")
    assert connection["client_ip"] in page
    assert network.location.now().place.ipv4 == TOKYO.egress_ip
    person.move("office")
    assert live(control) == []


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/142.0.0.0", "win"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/18.0 Safari/605.1.15", "mac"),
        ("Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Firefox/140.0", "linux"),
    ],
)
def test_the_connection_is_of_the_computer_that_the_browser_runs_on(
    person: Person, control: Control, agent: str, device: str
) -> None:
    person.move("vpn-tokyo", User_Agent=agent)
    assert [connection["device_type"] for connection in live(control)] == [device]
    person.move("home")


def test_a_split_tunnel_connects_but_the_internet_sees_home(
    person: Person, control: Control, network: NetworkServer
) -> None:
    person.move("vpn-osaka")
    (connection,) = live(control)
    assert (connection["account"], connection["region"]) == (OSAKA.account, OSAKA.region)
    assert network.location.now().place.address == "198.51.100.27"


def test_another_person_takes_over_the_connection(person: Person, control: Control) -> None:
    person.move("vpn-tokyo", TANAKA.email)
    person.move("vpn-tokyo", OBRIEN.email)
    assert [connection["username"] for connection in live(control)] == [OBRIEN.email]


def test_stopping_the_network_ends_the_connection(aws_url: str, upstream: Upstream, control: Control) -> None:
    with NetworkServer(portal=upstream.place, aws=aws_url, identity_provider="/") as server:
        Person(server).move("vpn-tokyo")
        assert live(control)
    assert live(control) == []


def test_whoever_is_disconnected_by_an_administrator_is_at_home_again(
    person: Person, control: Control, network: NetworkServer
) -> None:
    person.move("vpn-tokyo")
    control.disconnect(live(control)[0]["id"])
    wait_for(lambda: network.location.now().place.id == "home", seconds=STALE_SECONDS + 5)


def wait_for(condition: Callable[[], bool], *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_where_the_vpn_cannot_be_reached_one_stays_at_home_and_is_told(upstream: Upstream) -> None:
    nowhere = "http://127.0.0.1:9"
    with NetworkServer(portal=upstream.place, aws=nowhere, identity_provider=nowhere) as server:
        response, page = Person(server).move("vpn-tokyo", Accept_Language="en")
        assert response.status == 502
        assert "The VPN could not be connected; you are back at home" in page
        assert server.location.now().place.id == "home"


def test_the_vpn_connects_whatever_aws_answers_to_its_own_callers(person: Person, control: Control) -> None:
    control.drop("*")
    response, _ = person.move("vpn-osaka")
    assert response.status == 303
    assert [connection["region"] for connection in live(control)] == [OSAKA.region]


def test_an_endpoint_that_replaced_the_seeds_own_is_found_by_its_name(
    aws_url: str, upstream: Upstream
) -> None:
    with closing(administrator(aws_url, OSAKA)("ec2")) as ec2:
        new = replaced(ec2, aws_url)
    control = Control(aws_url)
    with NetworkServer(portal=upstream.place, aws=aws_url, identity_provider="/") as server:
        response, _ = Person(server).move("vpn-osaka")
        assert response.status == 303
        assert [connection["endpoint_id"] for connection in live(control)] == [new]
        control.cut("*")
        response, page = Person(server).move("vpn-osaka", Accept_Language="en")
        assert response.status == 502
        assert "AWS cannot be asked which endpoint is osaka-dr now." in page


def replaced(ec2: Any, url: str) -> str:
    """Deletes the only endpoint, and makes another one like it."""
    (old,) = ec2.describe_client_vpn_endpoints()["ClientVpnEndpoints"]
    where = {"ClientVpnEndpointId": old["ClientVpnEndpointId"]}
    (network,) = ec2.describe_client_vpn_target_networks(**where)["ClientVpnTargetNetworks"]
    ec2.disassociate_client_vpn_target_network(**where, AssociationId=network["AssociationId"])
    Control(url).skip(1)
    ec2.delete_client_vpn_endpoint(**where)
    provider = old["AuthenticationOptions"][0]["FederatedAuthentication"]["SamlProviderArn"]
    made = ec2.create_client_vpn_endpoint(
        ClientCidrBlock=old["ClientCidrBlock"],
        ServerCertificateArn=old["ServerCertificateArn"],
        AuthenticationOptions=[
            {"Type": "federated-authentication", "FederatedAuthentication": {"SAMLProviderArn": provider}}
        ],
        ConnectionLogOptions={"Enabled": False},
        VpcId=old["VpcId"],
        TagSpecifications=[{"ResourceType": "client-vpn-endpoint", "Tags": old["Tags"]}],
    )["ClientVpnEndpointId"]
    ec2.associate_client_vpn_target_network(ClientVpnEndpointId=made, SubnetId=network["TargetNetworkId"])
    Control(url).skip(1)
    return str(made)


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:1"])
def test_another_sites_form_moves_nobody(person: Person, network: NetworkServer, origin: str) -> None:
    response, _ = person.move("office", Origin=origin)
    assert response.status == 400
    assert network.location.now().place.id == "home"


def test_a_name_that_was_pointed_at_this_machine_moves_nobody(person: Person, network: NetworkServer) -> None:
    response, _ = person.move("office", Host="evil.example", Origin="http://evil.example")
    assert response.status == 400
    assert network.location.now().place.id == "home"


@pytest.mark.parametrize(("place", "email"), [("moon", TANAKA.email), ("office", "nobody@example.co.jp")])
def test_only_places_and_people_that_exist_are_taken(person: Person, place: str, email: str) -> None:
    response, page = person.move(place, email, Accept_Language="en")
    assert response.status == 400
    assert "That choice was not accepted" in page


@pytest.mark.parametrize("path", ["/sandbox/", "/sandbox/network/", "/sandbox/nothing"])
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_page_is_in_the_chosen_language_and_safe(person: Person, path: str, language: str) -> None:
    response, page = person.get(path, Cookie=f"django_language={language}; theme=dark")
    assert f'<html lang="{language}" data-theme="dark">' in page
    assert WORDS[language]["real"] in page
    other = WORDS["en" if language == "ja" else "ja"]
    assert not [words for words in other.values() if f">{words}<" in page]
    policy = response.getheader("Content-Security-Policy", "")
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=", page)


def test_every_place_can_be_chosen(person: Person) -> None:
    _, page = person.get("/sandbox/network/")
    assert re.findall(r'name="place" value="([^"]+)"', page) == [place.id for place in PLACES]


def test_both_languages_say_the_same_things() -> None:
    assert WORDS["ja"].keys() == WORDS["en"].keys()


def test_without_a_choice_the_browsers_language_counts(person: Person) -> None:
    assert '<html lang="en">' in person.get("/sandbox/", Accept_Language="fr, en-GB;q=0.8")[1]
    assert '<html lang="ja">' in person.get("/sandbox/", Accept_Language="fr")[1]


@pytest.mark.parametrize("path", ["/sandbox/tokens.css", "/sandbox/network.css"])
def test_the_style_sheets_are_there(person: Person, path: str) -> None:
    response, text = person.get(path)
    assert response.getheader("Content-Type") == "text/css; charset=utf-8"
    assert "var(--paper)" in text or "--paper:" in text


def test_the_icon_is_the_portals(person: Person) -> None:
    response, text = person.get("/sandbox/favicon.svg")
    assert response.getheader("Content-Type") == "image/svg+xml"
    assert text.startswith("<svg")


def test_the_style_sheet_has_no_colour_of_its_own(person: Person) -> None:
    assert not re.search(r"#[0-9a-f]{3,8}\b|rgb|hsl", person.get("/sandbox/network.css")[1])


def test_the_sandboxs_pages_are_not_on_the_check_hosts(person: Person) -> None:
    _, text = person.get("/sandbox/network/", Host="v4.localhost")
    assert '"target": "/sandbox/network/"' in text


def test_a_form_that_is_far_too_large_is_refused(person: Person) -> None:
    response, _ = person.move("office" * 100_000)
    assert response.status == 413
