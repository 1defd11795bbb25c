"""What passes through the sandbox network, and what doesn't."""

import http.client
import json
import socket
from contextlib import closing

import pytest

from sandbox.company import PEOPLE
from sandbox.network.places import find_place
from sandbox.network.server import NetworkServer
from tests.sandbox.network.conftest import Get
from tests.sandbox.network.upstream import Upstream


def raw(network: NetworkServer, request: bytes) -> bytes:
    """Everything that comes back until the proxy closes."""
    with socket.create_connection(("127.0.0.1", network.port), timeout=10) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def move(network: NetworkServer, place_id: str) -> None:
    chosen = find_place(place_id)
    assert chosen is not None
    network.location.move(chosen, PEOPLE[0])


def values(asked: dict[str, list[list[str]]], name: str) -> list[str]:
    return [value for header, value in asked["headers"] if header == name]


def test_the_browser_comes_from_home_until_somebody_chooses(get: Get) -> None:
    assert values(get(), "x-forwarded-for") == ["198.51.100.27"]


def test_the_portal_sees_the_chosen_network(get: Get, network: NetworkServer) -> None:
    move(network, "office")
    assert values(get(), "x-forwarded-for") == ["192.0.2.10"]


def test_each_kind_of_address_is_seen_at_its_own_host(get: Get, network: NetworkServer) -> None:
    move(network, "home-ipv6")
    assert values(get(), "x-forwarded-for") == ["2001:db8:1b::27"]
    assert values(get(host="v4.localhost:8000"), "x-forwarded-for") == ["198.51.100.27"]
    assert values(get(host="v6.localhost:8000"), "x-forwarded-for") == ["2001:db8:1b::27"]


def test_without_ipv6_there_is_no_answer_at_the_ipv6_host(network: NetworkServer) -> None:
    request = b"GET /egress.json HTTP/1.1\r\nHost: v6.localhost\r\n\r\n"
    assert raw(network, request) == b""


@pytest.mark.parametrize(
    "header", ["X-Forwarded-For", "Forwarded", "X-Real-IP", "X-Forwarded-Host", "x-forwarded-PROTO"]
)
def test_what_a_browser_claims_about_itself_is_dropped(get: Get, header: str) -> None:
    asked = get(**{header: "203.0.113.10"})
    assert "203.0.113.10" not in json.dumps(asked)
    assert values(asked, "x-forwarded-for") == ["198.51.100.27"]
    assert values(asked, "x-forwarded-proto") == ["http"]


def test_host_target_and_other_headers_pass_unchanged(get: Get) -> None:
    asked = get("/a%2Fb/?q=%E7%8E%84&q=2", host="localhost:8000", Cookie="session=1", Accept_Encoding="br")
    assert asked["target"] == "/a%2Fb/?q=%E7%8E%84&q=2"
    assert values(asked, "host") == ["localhost:8000"]
    assert values(asked, "cookie") == ["session=1"]
    assert values(asked, "accept-encoding") == ["br"]


def test_headers_between_neighbours_stay_between_them(get: Get, browser: http.client.HTTPConnection) -> None:
    asked = get(Connection="keep-alive, X-Mine", X_Mine="secret", TE="trailers", Upgrade="h2c")
    assert "secret" not in json.dumps(asked)
    assert values(asked, "te") == values(asked, "upgrade") == []
    browser.request("GET", "/")
    response = browser.getresponse()
    response.read()
    assert response.getheader("X-Between-Us") is None
    assert response.getheader("Keep-Alive") is None
    assert response.headers.get_all("Set-Cookie") == ["one=1", "two=2"]


@pytest.mark.parametrize("size", [0, 1, 300_000])
def test_a_body_arrives_whole(browser: http.client.HTTPConnection, size: int) -> None:
    browser.request("POST", "/", b"\xe7" * size)
    asked = json.loads(browser.getresponse().read())
    assert asked["body"] == "\xe7" * size
    assert values(asked, "content-length") == [str(size)]


def test_a_body_in_chunks_arrives_in_chunks(browser: http.client.HTTPConnection) -> None:
    browser.request("POST", "/", iter([b"gen", b"kan"]), encode_chunked=True)
    asked = json.loads(browser.getresponse().read())
    assert asked["body"] == "genkan"
    assert values(asked, "transfer-encoding") == ["chunked"]


def test_a_streamed_answer_is_not_held_back(browser: http.client.HTTPConnection, upstream: Upstream) -> None:
    browser.request("GET", "/streamed")
    response = browser.getresponse()
    assert response.read1() == b"first"
    upstream.may_finish.set()
    assert response.read() == b"last"


def test_an_old_client_gets_a_streamed_answer_until_the_end(
    network: NetworkServer, upstream: Upstream
) -> None:
    upstream.may_finish.set()
    answer = raw(network, b"GET /streamed HTTP/1.0\r\nHost: localhost\r\n\r\n")
    assert answer.endswith(b"\r\n\r\nfirstlast")


def test_a_connection_is_used_again(get: Get, browser: http.client.HTTPConnection) -> None:
    get()
    before = browser.sock
    get()
    assert browser.sock is before is not None


def test_redirects_are_the_browsers_to_follow(browser: http.client.HTTPConnection) -> None:
    browser.request("GET", "/away")
    response = browser.getresponse()
    response.read()
    assert (response.status, response.getheader("Location")) == (302, "https://idp.example.com/sso")


def test_answers_without_a_body_have_none(browser: http.client.HTTPConnection) -> None:
    browser.request("HEAD", "/")
    response = browser.getresponse()
    assert response.read() == b""
    assert int(response.getheader("Content-Length", "0")) > 0
    browser.request("GET", "/unchanged")
    response = browser.getresponse()
    assert (response.status, response.read()) == (304, b"")
    browser.request("GET", "/")
    assert browser.getresponse().read()


def test_an_answer_that_breaks_off_is_not_made_whole(browser: http.client.HTTPConnection) -> None:
    browser.request("GET", "/broken")
    with pytest.raises(http.client.IncompleteRead):
        browser.getresponse().read()


def test_an_answer_before_the_end_of_the_body_is_passed_on(browser: http.client.HTTPConnection) -> None:
    browser.request("POST", "/early", b"x" * 5_000_000)
    response = browser.getresponse()
    response.read()
    assert response.status == 413


@pytest.mark.parametrize(
    "lines",
    [
        b"Content-Length: 5\r\nContent-Length: 6",
        b"Content-Length: +5",
        b"Content-Length: 5\r\nTransfer-Encoding: chunked",
        b"Transfer-Encoding: gzip, chunked",
    ],
)
def test_a_body_of_unclear_length_is_refused(network: NetworkServer, lines: bytes) -> None:
    answer = raw(network, b"POST / HTTP/1.1\r\nHost: localhost\r\n" + lines + b"\r\n\r\nabcdef")
    assert answer.startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("target", [b"/", b"/sandbox/network/"])
def test_a_chunk_without_a_size_is_refused(network: NetworkServer, target: bytes) -> None:
    head = b"POST " + target + b" HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
    assert raw(network, head + b"\r\nwhat?\r\n").startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize(
    ("language", "words"), [("ja", "ポータルはまだ応答していません"), ("en", "The portal doesn't answer yet")]
)
def test_while_the_portal_starts_the_browser_is_told_so(language: str, words: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        closed = f"127.0.0.1:{unused.getsockname()[1]}"
    nowhere = "http://127.0.0.1:9"
    with (
        NetworkServer(portal=closed, aws=nowhere, identity_provider=nowhere) as network,
        closing(http.client.HTTPConnection("127.0.0.1", network.port, timeout=10)) as browser,
    ):
        browser.request("GET", "/", headers={"Accept-Language": f"{language};q=0.9"})
        response = browser.getresponse()
        assert words.replace("'", "&#39;") in response.read().decode()
        assert (response.status, response.getheader("Refresh")) == (502, "3")


def test_it_listens_on_ipv6_too_where_there_is_any(network: NetworkServer) -> None:
    if not socket.has_dualstack_ipv6():
        pytest.skip("this machine has no IPv6")
    with closing(http.client.HTTPConnection("::1", network.port, timeout=10)) as browser:
        browser.request("GET", "/")
        assert browser.getresponse().read()
