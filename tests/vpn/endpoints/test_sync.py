"""What a snapshot stores when AWS answers everything."""

from sandbox.aws.seed import Architecture
from sandbox.company import EMPLOYEES, ENGINEERING, OFFICE_LAN, OSAKA, TOKYO
from vpn.endpoints import services
from vpn.endpoints.models import AwsAccount, Endpoint


def test_it_sees_both_accounts_and_their_endpoints(synced: Architecture) -> None:
    endpoints = {endpoint.label: endpoint for endpoint in Endpoint.objects.select_related("account")}
    assert {label: endpoint.endpoint_id for label, endpoint in endpoints.items()} == {
        TOKYO.label: synced.tokyo.endpoint_id,
        OSAKA.label: synced.osaka.endpoint_id,
    }
    assert {(endpoint.account.name, endpoint.account.region) for endpoint in endpoints.values()} == {
        ("tokyo", "ap-northeast-1"),
        ("osaka", "ap-northeast-3"),
    }
    assert {endpoint.status for endpoint in endpoints.values()} == {"available"}
    assert all(
        endpoint.seen_at and endpoint.seen_at == endpoint.attempted_at and not endpoint.error_id
        for endpoint in endpoints.values()
    )
    assert all(a.seen_at and a.seen_at == a.attempted_at and not a.error_id for a in AwsAccount.objects.all())


def test_it_stores_what_the_endpoint_is(synced: Architecture) -> None:
    endpoint = Endpoint.objects.get(endpoint_id=synced.tokyo.endpoint_id)
    assert endpoint.description == f"Client VPN {TOKYO.label}"
    assert endpoint.client_cidr_block == TOKYO.client_cidr
    assert (endpoint.split_tunnel, endpoint.transport_protocol, endpoint.vpn_port) == (False, "udp", 443)
    assert endpoint.session_timeout_hours == 24
    assert endpoint.authentication == ["federated-authentication"]
    assert endpoint.log_group == synced.tokyo.vpn.log_group
    assert endpoint.vpc_id == synced.tokyo.network.vpc_id
    assert endpoint.dns_name.startswith(synced.tokyo.endpoint_id)


def test_it_stores_what_hangs_on_the_endpoint(synced: Architecture) -> None:
    endpoint = Endpoint.objects.get(endpoint_id=synced.tokyo.endpoint_id)
    (target,) = endpoint.target_networks
    assert (target["association_id"], target["status"]) == (synced.tokyo.vpn.association_id, "associated")
    assert target["subnet_id"] == synced.tokyo.network.private_subnet_id
    assert [
        (r["destination_cidr"], r["group_id"], r["access_all"]) for r in endpoint.authorization_rules
    ] == [
        (TOKYO.vpc_cidr, "", True),
        ("0.0.0.0/0", EMPLOYEES.id, False),
        (OFFICE_LAN, ENGINEERING.id, False),
    ]
    assert {(r["destination_cidr"], r["origin"], r["status"]) for r in endpoint.routes} == {
        (TOKYO.vpc_cidr, "associate", "active"),
        ("0.0.0.0/0", "add-route", "active"),
        (OFFICE_LAN, "add-route", "active"),
    }


def test_it_finds_the_fixed_ip_address_of_the_full_tunnel(synced: Architecture) -> None:
    tokyo = Endpoint.objects.get(label=TOKYO.label)
    assert tokyo.egress_ips == [TOKYO.egress_ip]
    assert tokyo.egress == [
        {
            "subnet_id": synced.tokyo.network.private_subnet_id,
            "via": synced.tokyo.network.nat_gateway_id,
            "addresses": [TOKYO.egress_ip],
            "reasons": [],
        }
    ]


def test_it_says_why_the_split_tunnel_has_no_fixed_ip_address(synced: Architecture) -> None:
    osaka = Endpoint.objects.get(label=OSAKA.label)
    assert osaka.egress_ips == []
    (subnet,) = osaka.egress
    assert "no-endpoint-route" in subnet["reasons"]


def test_an_account_without_endpoints_is_good_news_too(empty_aws: str, db: None) -> None:
    results = services.sync_all()
    assert [(r.account, r.endpoints, r.failures) for r in results if r.account == "tokyo"] == [
        ("tokyo", 0, ())
    ]
