"""What is broken now, for whom, and the way out."""

from portal.access.models import User
from sandbox import company
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import rule, save_endpoint


def home(user: User, signed_in: SignedIn) -> str:
    return signed_in(user).get("/", headers={"hx-request": "true"}).content.decode()


def test_nothing_is_said_while_all_is_well(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint()
    assert 'class="notice' not in home(tanaka, signed_in)


def test_an_endpoint_without_a_network_is_said_with_the_one_that_works(
    tanaka: User, signed_in: SignedIn
) -> None:
    save_endpoint(status="pending-associate")
    save_endpoint("osaka-dr")
    text = home(tanaka, signed_in)
    assert "tokyo-main can&#x27;t be connected to right now." in text
    assert "Connect to osaka-dr instead." in text


def test_a_broken_way_to_the_fixed_address_is_said(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint(egress_ips=[])
    assert "tokyo-main doesn&#x27;t lead to the fixed IP address right now." in home(tanaka, signed_in)


def test_a_split_tunnel_need_not_lead_there(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint(egress_ips=[], split_tunnel=True)
    assert 'class="notice' not in home(tanaka, signed_in)


def test_endpoints_of_others_are_no_news(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint(
        status="pending-associate", authorization_rules=[rule("0.0.0.0/0", group=company.ENGINEERING.id)]
    )
    assert 'class="notice' not in home(tanaka, signed_in)
