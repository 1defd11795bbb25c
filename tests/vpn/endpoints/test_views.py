"""The pages of endpoints: what AWS said, how old it is, and why something is missing."""

import html
import re
from datetime import time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from portal.access.models import User
from portal.audit.models import AuditEvent
from sandbox import company
from sandbox.aws.seed import Architecture
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import rule, save_connection, save_endpoint
from vpn.endpoints.models import AwsAccount, Endpoint, LiveConnection, SiteToSiteVpn
from vpn.operation_kinds.endpoint_settings.fields import ModifyEndpointForm
from vpn.operations.models import Operation
from vpn.operations.schedules.models import Schedule
from vpn.operations.states import OperationStatus

pytestmark = pytest.mark.django_db

EVERY_SETTING: dict[str, Any] = {
    "AuthenticationOptions": [
        {
            "Type": "federated-authentication",
            "FederatedAuthentication": {"SamlProviderArn": "arn:aws:iam::123456789012:saml-provider/company"},
        }
    ],
    "ClientConnectOptions": {
        "Enabled": True,
        "LambdaFunctionArn": "arn:aws:lambda:ap-northeast-1:123456789012:function:AWSClientVPN-check",
    },
    "ClientLoginBannerOptions": {"Enabled": True, "BannerText": "Company property"},
    "ClientRouteEnforcementOptions": {"Enforced": True},
    "ConnectionLogOptions": {
        "Enabled": True,
        "CloudwatchLogGroup": "/vpn/tokyo",
        "CloudwatchLogStream": "main",
    },
    "Description": "For everybody",
    "DisconnectOnSessionTimeout": False,
    "DnsServers": ["10.0.0.2", "10.0.0.3"],
    "SecurityGroupIds": ["sg-0a1b2c3d"],
    "SelfServicePortalUrl": "https://self-service.clientvpn.amazonaws.com/endpoints/cvpn-endpoint-0",
    "ServerCertificateArn": "arn:aws:acm:ap-northeast-1:123456789012:certificate/server",
    "SessionTimeoutHours": 10,
    "SplitTunnel": True,
    "TransportProtocol": "udp",
    "VpcId": "vpc-0",
    "VpnPort": 1194,
}


def url(endpoint: Endpoint, tab: str = "") -> str:
    return f"/endpoints/{endpoint.endpoint_id}/" + (f"?tab={tab}" if tab else "")


def read(client: Client, path: str, language: str = "en") -> str:
    return client.get(path, headers={"accept-language": language}).content.decode().replace("&#x27;", "'")


def save_operation(endpoint: Endpoint, user: User, kind: str, **changes: Any) -> Operation:
    fields: dict[str, Any] = {
        "kind": kind,
        "number": Operation.objects.count() + 1,
        "endpoint": endpoint,
        "plan": {"changes": [], "people": []},
        "digest": "0",
        "reason": "maintenance",
        "requested_by": user,
        "requested_by_username": user.username,
        "requested_by_name": user.name,
        "lock_range": (0, 1),
        "deadline_at": timezone.now() + timedelta(hours=1),
        "status": OperationStatus.SUCCEEDED,
        "finished_at": timezone.now(),
    }
    return Operation.objects.create(**(fields | changes))


def save_vpn(endpoint: Endpoint, **changes: Any) -> SiteToSiteVpn:
    fields: dict[str, Any] = {
        "account": endpoint.account,
        "vpn_connection_id": "vpn-0a",
        "name": "head-office",
        "state": "available",
        "seen_at": timezone.now(),
        "tunnels": [
            {"outside_ip": "198.51.100.8", "status": "UP", "message": "1 BGP ROUTES", "changed_at": ""},
            {"outside_ip": "198.51.100.9", "status": "DOWN", "message": "IPSEC IS DOWN", "changed_at": ""},
        ],
    }
    return SiteToSiteVpn.objects.create(**(fields | changes))


def test_the_list_shows_what_the_look_has_found(
    synced: Architecture, sato: User, signed_in: SignedIn
) -> None:
    text = read(signed_in(sato), "/endpoints/")
    assert f'href="/endpoints/{synced.tokyo.endpoint_id}/"' in text
    assert company.TOKYO.egress_ip in text
    assert text.count("Available") == 2
    assert "osaka-dr" in text
    assert "Split tunnel" in text
    assert "ap-northeast-3" in text
    assert "This may be out of date." not in text


def test_an_endpoint_shows_its_rules_routes_and_the_way_out(
    synced: Architecture, sato: User, signed_in: SignedIn
) -> None:
    endpoint = Endpoint.objects.get(endpoint_id=synced.tokyo.endpoint_id)
    network = synced.tokyo.network
    tabs = {
        "": (
            network.nat_gateway_id,
            synced.tokyo.vpn.log_group,
            synced.site_to_site.vpn_connection_id,
            "Single sign-on (SAML)",
        ),
        "networks": (network.private_subnet_id, synced.tokyo.vpn.association_id),
        "routes": (company.OFFICE_LAN, network.private_subnet_id),
        "rules": (company.EMPLOYEES.id, "Employees to the internet", "Everyone"),
        "connections": ("Nobody is connected.",),
    }
    for tab, expected in tabs.items():
        text = read(signed_in(sato), url(endpoint, tab))
        for shown in expected:
            assert shown in text, tab
    assert read(signed_in(sato), url(endpoint)).count(": traffic gets here.") == 5


def test_the_profile_s_hash_is_shown_but_never_the_profile(
    synced: Architecture, sato: User, signed_in: SignedIn
) -> None:
    endpoint = Endpoint.objects.get(endpoint_id=synced.tokyo.endpoint_id)
    text = read(signed_in(sato), url(endpoint))
    assert endpoint.configuration_hash in text
    assert "BEGIN CERTIFICATE" not in text


def test_a_broken_chain_says_where_and_why(sato: User, signed_in: SignedIn) -> None:
    subnet = {"subnet_id": "subnet-0a", "via": "nat-0a", "addresses": [], "reasons": ["nat-gateway-gone"]}
    endpoint = save_endpoint(egress=[subnet], egress_ips=[])
    text = read(signed_in(sato), url(endpoint))
    assert 'NAT gateway<span class="visually-hidden">: traffic stops here.' in text
    assert text.count(": traffic doesn't get here.") == 2
    assert "The NAT gateway no longer exists." in text


def test_it_is_all_said_in_japanese_too(synced: Architecture, sato: User, signed_in: SignedIn) -> None:
    text = read(signed_in(sato), f"/endpoints/{synced.osaka.endpoint_id}/", language="ja")
    assert "Split tunnel" not in text
    assert (
        "分割トンネル（スプリットトンネル）のため、エンドポイントにルートのある宛先だけがここを通ります。"
        in text
    )


def test_it_shows_who_is_connected_now(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    save_connection(endpoint, "m.tanaka@example.co.jp", ingress_bytes=2048)
    save_connection(endpoint, "", common_name="", client_ip=None, established_at=None)
    text = read(signed_in(sato), url(endpoint, "connections"))
    assert text.index("m.tanaka@example.co.jp") < text.index("AWS names nobody")
    assert "10.8.0.34" in text
    assert "2.0 KB" in text
    assert "2</span>" in read(signed_in(sato), "/endpoints/")


def test_who_looked_at_who_is_connected_is_recorded(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    client = signed_in(sato)
    read(client, url(endpoint))
    assert not AuditEvent.objects.exists()
    read(client, url(endpoint, "connections"))
    read(client, url(endpoint, "connections"))
    event = AuditEvent.objects.get()
    assert (event.tag, event.actor) == ("connections:searched", sato.username)
    assert event.details == {"conditions": {"page": "endpoint", "endpoint": endpoint.endpoint_id}}
    assert (event.target_kind, event.target_id) == ("endpoint", endpoint.endpoint_id)


def test_a_page_of_thousands_of_connections_shows_the_newest(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    LiveConnection.objects.bulk_create(
        LiveConnection(endpoint=endpoint, connection_id=f"cvpn-connection-{number}") for number in range(201)
    )
    text = read(signed_in(sato), url(endpoint, "connections"))
    assert "The newest 200 of 201 are shown." in text
    assert text.count("cvpn-connection-") == 200


def test_a_tunnel_that_is_down_is_said_to_be(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    save_vpn(endpoint)
    save_vpn(endpoint, vpn_connection_id="vpn-0b", name="old-office", vanished_at=timezone.now())
    text = read(signed_in(sato), url(endpoint))
    assert "head-office" in text
    assert "One tunnel only" in text
    assert "Up (1 BGP route)" in text
    assert "Down (IPSEC IS DOWN)" in text
    assert "old-office" not in text


def test_a_failed_look_is_explained_and_the_last_good_one_stays(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint(
        seen_at=timezone.now() - timedelta(hours=2),
        error_id="aws-throttled",
        error_code="RequestLimitExceeded",
        error_message="<b>Slow down</b>",
    )
    for path in ("/endpoints/", url(endpoint)):
        text = read(signed_in(sato), path)
        assert "AWS asked us to slow down." in text
        assert "RequestLimitExceeded" in text
        assert "<b>Slow down" not in text
        assert "This may be out of date." in text
        assert company.TOKYO.egress_ip in text


def test_an_account_that_cannot_be_read_is_named(sato: User, signed_in: SignedIn) -> None:
    AwsAccount.objects.create(
        name="osaka",
        region="ap-northeast-3",
        attempted_at=timezone.now(),
        error_id="aws-access-denied",
        error_code="UnauthorizedOperation",
        error_message="You are not authorized",
    )
    text = read(signed_in(sato), "/endpoints/")
    assert "osaka couldn't be read at" in text
    assert "lacks a permission" in text
    assert "UnauthorizedOperation: You are not authorized" in text


def test_an_error_without_words_of_its_own_is_shown_with_aws_s(sato: User, signed_in: SignedIn) -> None:
    save_endpoint(error_id="aws-of-a-newer-version", error_code="SomethingNew")
    text = read(signed_in(sato), "/endpoints/")
    assert "AWS refused the call." in text
    assert "SomethingNew" in text


def test_what_vanished_is_still_there_and_said_to_be_gone(sato: User, signed_in: SignedIn) -> None:
    gone = save_endpoint("a-gone", vanished_at=timezone.now(), seen_at=timezone.now() - timedelta(days=9))
    there = save_endpoint("b-there")
    save_connection(gone, "m.tanaka@example.co.jp")
    client = signed_in(sato)
    text = read(client, "/endpoints/")
    assert text.index(there.endpoint_id) < text.index(gone.endpoint_id)
    assert "Gone from AWS" in text
    page = read(client, url(gone, "connections"))
    assert "This endpoint is gone." in page
    assert "m.tanaka@example.co.jp" not in page
    assert "This may be out of date." not in page


def test_an_endpoint_that_was_never_wholly_seen_has_a_page(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint(
        configuration="",
        seen_at=None,
        configuration_seen_at=None,
        connections_seen_at=None,
        egress_ips=[],
        authorization_rules=[],
    )
    text = read(signed_in(sato), url(endpoint))
    assert "AWS hasn't given us the profile yet." in text
    assert "No data yet" in text
    # The way to the internet, settings and certificates
    assert text.count("Not known yet") == 3
    for tab in ("networks", "routes", "rules"):
        text = read(signed_in(sato), url(endpoint, tab))
        assert "Not known yet" in text
        assert "There is none" not in text


def test_an_empty_list_says_what_to_check(sato: User, signed_in: SignedIn, settings: Settings) -> None:
    assert "genkan:managed=true" in read(signed_in(sato), "/endpoints/")
    settings.VPN_ENDPOINT_TAG = "*"
    assert "carry the tag" not in read(signed_in(sato), "/endpoints/")


def test_a_state_that_nobody_knows_is_shown_as_aws_wrote_it(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint(status="hibernating", authentication=["telepathy"])
    text = read(signed_in(sato), url(endpoint))
    assert "hibernating" in text
    assert "telepathy" in text


def test_what_aws_says_is_text_and_never_markup(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint(
        "<script>alert(1)</script>",
        description="<b>bold</b>",
        authorization_rules=[rule("10.0.0.0/16", description="<i>italic</i>")],
    )
    save_connection(endpoint, "<u>underlined</u>")
    for path in ("/endpoints/", url(endpoint), url(endpoint, "rules"), url(endpoint, "connections")):
        text = read(signed_in(sato), path)
        for markup in ("<script>alert", "<b>bold", "<i>italic", "<u>underlined"):
            assert markup not in text


def test_there_is_no_page_for_an_endpoint_that_nobody_knows(sato: User, signed_in: SignedIn) -> None:
    assert signed_in(sato).get("/endpoints/cvpn-endpoint-none/").status_code == 404


def test_an_employee_may_not_open_them(tanaka: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    for path in ("/endpoints/", url(endpoint), "/endpoints/cvpn-endpoint-none/"):
        assert signed_in(tanaka).get(path).status_code == 403


def test_it_asks_the_database_little(
    sato: User, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    endpoints = [save_endpoint(f"endpoint-{number}") for number in range(5)]
    for endpoint in endpoints:
        save_connection(endpoint, "m.tanaka@example.co.jp")
        save_vpn(endpoint, vpn_connection_id=f"vpn-{endpoint.pk}")
    client = signed_in(sato)
    # Session, person; then endpoints and accounts
    with django_assert_num_queries(4):
        client.get("/endpoints/")
    # The endpoint, what goes on and what paused it; then certificates, schedules, plans, the lines to the office
    # and their maintenance, client versions, quotas, prices, and the account's endpoints
    with django_assert_num_queries(14):
        client.get(url(endpoints[0]))
    client.get(url(endpoints[0], "connections"))  # is recorded, once an hour
    # Connections, the log's of them, names, and who should upgrade (attempts)
    with django_assert_num_queries(10):
        client.get(url(endpoints[0], "connections"))


TABS = ("details", "networks", "routes", "rules", "connections", "operations")


def test_each_part_is_a_link_and_an_unknown_one_is_the_first(takahashi: User, signed_in: SignedIn) -> None:
    endpoint, client = save_endpoint(), signed_in(takahashi)
    for tab in TABS:
        text = read(client, url(endpoint, tab))
        assert f'href="?tab={tab}" aria-current="page"' in text
        assert text.count('aria-current="page"') == 2  # the navigation's, and this one
    for tab in ("", "nonsense", "DETAILS", "\0"):
        assert 'href="?tab=details" aria-current="page"' in read(client, f"{url(endpoint)}?tab={tab}")


def test_the_helpdesk_sees_no_operations_but_what_is_going_on(sato: User, signed_in: SignedIn) -> None:
    text = read(signed_in(sato), url(save_endpoint(), "operations"))
    assert 'href="?tab=operations"' not in text
    assert 'href="?tab=details" aria-current="page"' in text


def test_every_setting_that_can_be_changed_is_shown_in_the_words_of_its_form(
    takahashi: User, signed_in: SignedIn
) -> None:
    endpoint = save_endpoint(settings=EVERY_SETTING, description="For everybody")
    text = read(signed_in(takahashi), url(endpoint))
    for name, field in ModifyEndpointForm.base_fields.items():
        assert f"<dt>{field.label}</dt>" in text, name
    for shown in (
        "10.0.0.2, 10.0.0.3",
        "10 hours",
        "Keep it, and sign in again by itself",
        "Company property",
        "sg-0a1b2c3d",
        "/vpn/tokyo",
        "<dd>main</dd>",
        "1194",
        "On: routes that people add are removed",
        "function:AWSClientVPN-check",
        "certificate/server",
        "saml-provider/company",
    ):
        assert shown in text
    assert f"/operations/new/modify-endpoint/?endpoint={endpoint.endpoint_id}" in text


def test_a_log_that_is_off_stands_out(sato: User, signed_in: SignedIn) -> None:
    settings = EVERY_SETTING | {"ConnectionLogOptions": {"Enabled": False}}
    text = read(signed_in(sato), url(save_endpoint(settings=settings)))
    assert re.search(r'class="badge tone-warn">.*?Switched off', text, re.S)


def test_who_may_not_operate_gets_no_actions(synced: Architecture, sato: User, signed_in: SignedIn) -> None:
    endpoint = Endpoint.objects.get(endpoint_id=synced.tokyo.endpoint_id)
    for tab in TABS:
        assert "/operations/" not in read(signed_in(sato), url(endpoint, tab))


def test_each_row_leads_to_the_form_that_takes_it_away(
    synced: Architecture, takahashi: User, signed_in: SignedIn
) -> None:
    endpoint, client = Endpoint.objects.get(endpoint_id=synced.tokyo.endpoint_id), signed_in(takahashi)
    subnet = synced.tokyo.network.private_subnet_id
    for tab, kind, chosen in (
        ("networks", "disassociate-target-network", subnet),
        ("routes", "delete-route", f"0.0.0.0/0 {subnet}"),
        ("rules", "revoke-ingress", f"0.0.0.0/0 {company.EMPLOYEES.id}"),
    ):
        links = re.findall(rf'href="(/operations/new/{kind}/[^"]*)"', read(client, url(endpoint, tab)))
        forms = [read(client, html.unescape(link)) for link in links]
        assert any(f'<option value="{chosen}" selected>' in form for form in forms), tab


def test_what_no_operation_can_take_away_has_no_action(takahashi: User, signed_in: SignedIn) -> None:
    route = {"destination_cidr": "10.0.0.0/16", "target_subnet": "subnet-0", "origin": "associate"}
    endpoint = save_endpoint(routes=[route | {"status": "active", "description": "", "message": ""}])
    assert "/operations/new/delete-route/" not in read(signed_in(takahashi), url(endpoint, "routes"))


def test_what_paused_an_endpoint_is_named_until_it_has_a_subnet_again(
    takahashi: User, sato: User, signed_in: SignedIn
) -> None:
    endpoint = save_endpoint(target_networks=[])
    assert "Nobody can connect" not in read(signed_in(sato), url(endpoint))
    operation = save_operation(endpoint, takahashi, "pause-endpoint", parameters={"when": "now", "hours": 1})
    text = read(signed_in(sato), url(endpoint))
    assert "Nobody can connect: it has no subnet." in text
    assert f"#{operation.number} " in text
    assert "/operations/" not in text
    text = read(signed_in(takahashi), url(endpoint, "routes"))
    assert operation.get_absolute_url() in text
    assert "/operations/new/resume-endpoint/?endpoint=" in text
    network = {"association_id": "cvpn-assoc-0", "subnet_id": "subnet-0", "status": "associated"}
    endpoint.target_networks = [network | {"vpc_id": "vpc-0", "message": "", "security_groups": []}]
    endpoint.save()
    assert "Nobody can connect" not in read(signed_in(sato), url(endpoint))


def test_an_endpoint_that_another_operation_resumed_is_not_called_paused(
    takahashi: User, sato: User, signed_in: SignedIn
) -> None:
    endpoint = save_endpoint(target_networks=[])
    save_operation(endpoint, takahashi, "pause-endpoint", parameters={"when": "now", "hours": 1})
    save_operation(endpoint, takahashi, "resume-endpoint")
    assert "Nobody can connect" not in read(signed_in(sato), url(endpoint))


def test_what_is_going_on_is_on_every_part(takahashi: User, sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    operation = save_operation(endpoint, takahashi, "export-revocation-list", status=OperationStatus.RUNNING)
    for tab in TABS:
        text = read(signed_in(sato), url(endpoint, tab))
        assert f"#{operation.number} " in text
        assert '<div class="notice tone-info">' in text
        assert '<span class="notice-title">Running</span>' in text


def test_no_part_but_that_of_the_operations_names_people(
    takahashi: User, sato: User, signed_in: SignedIn
) -> None:
    """Only there a look at them is recorded."""
    endpoint = save_endpoint()
    parameters = {"connection_id": "cvpn-connection-1", "who": "m.tanaka@example.co.jp"}
    save_operation(
        endpoint,
        takahashi,
        "terminate-connection",
        status=OperationStatus.RUNNING,
        parameters=parameters,
        plan={"changes": [], "people": [], "usernames": ["m.tanaka@example.co.jp"]},
    )
    for tab in TABS:
        text = read(signed_in(sato), url(endpoint, tab))
        assert "#1 End a connection" in text
        assert "m.tanaka" not in text
        assert takahashi.name not in text
    assert "End the connection of m.tanaka" in read(signed_in(takahashi), url(endpoint, "operations"))
    assert AuditEvent.objects.filter(tag="operation:viewed").count() == 1


def test_an_operation_has_the_status_here_that_its_own_page_has(takahashi: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    save_operation(endpoint, takahashi, "pause-endpoint", parameters={"when": "now", "hours": 1})
    text = read(signed_in(takahashi), url(endpoint, "operations"))
    row = text[text.index("#1 ") :].partition("</li>")[0]
    assert "tone-ok" in row
    assert "Finished" in row
    assert "ShownStatus" not in row


def test_a_schedule_is_shown_with_its_next_runs(takahashi: User, sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    Schedule.objects.create(
        endpoint=endpoint,
        pause_at=time(20, 0),
        resume_at=time(8, 0),
        weekdays=list(range(7)),
        zone="Asia/Tokyo",
        skips_holidays=False,
        acts_for=takahashi,
        acts_for_name=takahashi.name,
        checked_until=timezone.now(),
    )
    text = read(signed_in(sato), url(endpoint))
    assert "20:00" in text
    assert "08:00" in text
    assert "by schedule" in text


@pytest.mark.parametrize(
    ("statuses", "badge"),
    [(("UP", "UP"), "Available"), (("UP", "DOWN"), "One tunnel only"), (("DOWN", "DOWN"), "Down")],
)
def test_a_line_is_as_good_as_its_tunnels(
    statuses: tuple[str, str], badge: str, sato: User, signed_in: SignedIn
) -> None:
    endpoint = save_endpoint()
    tunnels = [
        {"outside_ip": f"198.51.100.{number}", "status": status, "message": "", "changed_at": ""}
        for number, status in enumerate(statuses)
    ]
    save_vpn(endpoint, tunnels=tunnels)
    text = read(signed_in(sato), url(endpoint))
    head = text[text.index("head-office") :]
    assert badge in head[: head.index("</p>")]
    assert badge == "Available" or "Available" not in head[: head.index("</p>")]


def test_a_line_reads_naturally_in_japanese(sato: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    save_vpn(endpoint)
    text = read(signed_in(sato), url(endpoint), language="ja")
    assert "稼働中（BGP経路1件）" in text
    assert "停止（IPSEC IS DOWN）" in text


def test_reloading_is_not_offered_where_it_cannot_help(sato: User, signed_in: SignedIn) -> None:
    old = timezone.now() - timedelta(hours=2)
    endpoint = save_endpoint(seen_at=old, error_id="aws-throttled")
    for path in ("/endpoints/", url(endpoint)):
        text = read(signed_in(sato), path)
        assert "The portal keeps trying by itself." in text or path == "/endpoints/"
        assert "Load again" not in text
    Endpoint.objects.update(error_id="")
    assert "Load again" in read(signed_in(sato), url(endpoint))
