"""What the snapshots of a sandbox AWS show of changes, and whom CloudTrail names."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import boto3
import pytest
import time_machine
from django.http import QueryDict
from django.utils import timezone, translation
from pytest_django import Settings

from portal.access.models import User
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from sandbox.company import EMPLOYEES, OFFICE_LAN, TOKYO
from tests.sandbox.aws.account import eventually
from tests.vpn.operations.asking import ask_as, finish
from vpn.authorization_policy.services import get_policy, store_policy
from vpn.aws import accounts
from vpn.aws.answers import AuthorizationPolicy
from vpn.aws.session import ec2_client
from vpn.changes import services as changes
from vpn.changes.pages import ChangeRow, change_rows
from vpn.changes.queries import recent_outside_changes
from vpn.changes.reversal import reversal
from vpn.endpoints import services as endpoints
from vpn.endpoints.models import ChangedPart, ChangeOrigin, Endpoint, EndpointChange
from vpn.findings import changed_outside, changed_outside_minor
from vpn.operation_kinds import get_kind
from vpn.operations.models import Operation
from vpn.operations.requests.services import make_draft

pytestmark = pytest.mark.django_db
Someone = Callable[..., Any]


@pytest.fixture
def someone(aws: str, control: Control) -> Someone:
    """EC2 as somebody else calls it."""

    def client(kind: str = "role", name: str = "NetworkAdmins", **details: str) -> Any:
        if kind == "role":
            details = {"session": "j.doe@example.com", **details}
        key = control.add_principal(kind, name, **details)
        session: Any = boto3.session.Session(key, "any", region_name=TOKYO.region)
        return session.client("ec2", endpoint_url=aws)

    return client


@pytest.fixture
def tokyo(synced: Architecture) -> Endpoint:
    return Endpoint.objects.get(endpoint_id=synced.tokyo.endpoint_id)


def look() -> list[EndpointChange]:
    """Another snapshot, and what our operations explain of it; the changes that are new, in order."""
    newest = EndpointChange.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    assert not any(result.failures for result in endpoints.sync_all())
    changes.decide_origins()
    return list(EndpointChange.objects.filter(pk__gt=newest).order_by("pk"))


def ask_cloudtrail(*, minutes: int = 0) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=minutes), tick=True):
        changes.look_up(accounts.configured()[0])


def rows(reader: User) -> list[ChangeRow]:
    with translation.override("en"):
        found = EndpointChange.objects.select_related("endpoint__account", "operation").order_by("pk")
        return change_rows(found, reader=reader)


def delete_default_route(ec2: Any, endpoint: Endpoint) -> str:
    subnet = str(endpoint.target_networks[0]["subnet_id"])
    ec2.delete_client_vpn_route(
        ClientVpnEndpointId=endpoint.endpoint_id,
        DestinationCidrBlock="0.0.0.0/0",
        TargetVpcSubnetId=subnet,
    )
    return subnet


def test_whoever_clicked_in_the_console_is_found_with_when_and_what(
    tokyo: Endpoint, someone: Someone, takahashi: User
) -> None:
    ec2 = someone(source_ip="198.51.100.9", user_agent="Mozilla/5.0")
    subnet = delete_default_route(ec2, tokyo)
    (change,) = look()
    assert (change.part, change.subject) == (ChangedPart.ROUTE, f"0.0.0.0/0 {subnet}")
    assert (change.after, change.origin, change.unchanged_at) == (None, ChangeOrigin.OUTSIDE, tokyo.seen_at)
    assert "Not known yet" in rows(takahashi)[0].who.text
    ask_cloudtrail()
    (row,) = rows(takahashi)
    assert row.heading == f"Route deleted: 0.0.0.0/0 → {subnet}"
    assert (row.who.name, row.change.event["name"]) == ("j.doe@example.com", "DeleteClientVpnRoute")
    assert row.who.details == ("Role NetworkAdmins", "AWS's console, 198.51.100.9")
    # A second snapshot is no second change, and nothing is asked any more.
    eventually(lambda: not look())
    assert changes.accounts_with_lookups() == []
    assert [found.pk for found in recent_outside_changes([tokyo])] == [change.pk]


def test_all_that_was_changed_while_the_portal_was_away_is_told_apart(
    tokyo: Endpoint, someone: Someone, takahashi: User, control: Control
) -> None:
    where = {"ClientVpnEndpointId": tokyo.endpoint_id}
    someone("root", "root").modify_client_vpn_endpoint(**where, ConnectionLogOptions={"Enabled": False})
    someone("user", "netops.ito").revoke_client_vpn_ingress(
        **where, TargetNetworkCidr="0.0.0.0/0", AccessGroupId=EMPLOYEES.id
    )
    deploy = someone("role", "Deploy", session="d", invoked_by="cloudformation.amazonaws.com")
    deploy.modify_client_vpn_endpoint(**where, SplitTunnel=True, SessionTimeoutHours=8)
    guest = someone("user", "guest", home="999999999999")
    guest.create_client_vpn_route(
        **where, DestinationCidrBlock="192.0.2.0/24", TargetVpcSubnetId=tokyo.target_networks[0]["subnet_id"]
    )
    assert len(look()) == 5
    ask_cloudtrail()
    told = {row.change.subject.partition(" ")[0]: (row.who.name, row.who.details) for row in rows(takahashi)}
    assert told["ConnectionLogOptions"] == (
        "root",
        (f"Root user of the account {TOKYO.account}", "Boto3, 127.0.0.1"),
    )
    assert told["0.0.0.0/0"][0] == "netops.ito"
    assert told["SplitTunnel"] == told["SessionTimeoutHours"]
    assert told["SplitTunnel"][1] == ("Role Deploy", "Through cloudformation.amazonaws.com")
    assert "from another AWS account (999999999999)" in told["192.0.2.0/24"][1][0]
    # All of one endpoint in one call: each kind of principal, whatever was changed.
    assert [call["action"] for call in control.calls()].count("LookupEvents") == 1


def test_our_own_change_and_somebody_elses_in_one_difference(
    tokyo: Endpoint, someone: Someone, takahashi: User
) -> None:
    before = tokyo.seen_at
    with translation.override("en"):
        operation = ask_as(takahashi)("modify-endpoint", tokyo, session_timeout_hours="8", login_banner="Hi")
        finish(operation)
    # What it has done it has done, whatever became of it later.
    Operation.objects.update(status="failed")
    # The same setting, a moment later: what stands now is theirs.
    Endpoint.objects.filter(pk=tokyo.pk).update(seen_at=before)
    someone().modify_client_vpn_endpoint(ClientVpnEndpointId=tokyo.endpoint_id, SessionTimeoutHours=10)
    look()
    found = {change.subject: change for change in EndpointChange.objects.all()}
    assert found["ClientLoginBannerOptions"].operation == operation
    assert found["SessionTimeoutHours"].origin == ChangeOrigin.OUTSIDE
    ask_cloudtrail()
    shown = {row.change.subject: row for row in rows(takahashi)}
    assert shown["ClientLoginBannerOptions"].operation.startswith(f"#{operation.number}")
    assert shown["SessionTimeoutHours"].who.name == "j.doe@example.com"


def test_late_events_are_found_when_they_come_and_what_never_comes_is_said(
    tokyo: Endpoint, someone: Someone, takahashi: User, control: Control
) -> None:
    control.set_trail_delay(600)
    delete_default_route(someone(), tokyo)
    look()
    ask_cloudtrail()
    assert EndpointChange.objects.get().event_id == ""
    control.set_trail_delay(0)
    # An event of another change of the same endpoint isn't taken for it.
    someone("user", "other").modify_client_vpn_endpoint(
        ClientVpnEndpointId=tokyo.endpoint_id, Description="x"
    )
    ask_cloudtrail(minutes=4)
    assert EndpointChange.objects.get().event_id == ""
    ask_cloudtrail(minutes=21)
    assert EndpointChange.objects.get().look_up_at is None
    assert "CloudTrail has no event of it" in rows(takahashi)[0].who.text


def test_refused_throttled_or_switched_off_it_is_not_known_and_asked_again(
    tokyo: Endpoint, someone: Someone, takahashi: User, control: Control, settings: Settings
) -> None:
    delete_default_route(someone(), tokyo)
    look()
    settings.VPN_SOURCES = ["certificates"]
    assert "switched off" in rows(takahashi)[0].who.text
    settings.VPN_SOURCES = ["cloudtrail"]
    control.fail("LookupEvents", "AccessDeniedException")
    ask_cloudtrail()
    (row,) = rows(takahashi)
    assert "not allowed to read CloudTrail" in row.who.text
    assert row.who.own_words.startswith("AccessDeniedException")
    calls = len(control.calls())
    ask_cloudtrail(minutes=30)
    assert len(control.calls()) == calls
    control.heal()
    ask_cloudtrail(minutes=61)
    assert rows(takahashi)[0].who.name == "j.doe@example.com"


def test_a_deleted_endpoint_and_a_nat_gateway_that_is_gone_are_changes_too(
    tokyo: Endpoint, someone: Someone, takahashi: User, synced: Architecture
) -> None:
    ito = someone("user", "ito")
    ito.delete_nat_gateway(NatGatewayId=synced.tokyo.network.nat_gateway_id)
    (egress,) = look()
    assert (egress.part, egress.before["via"]) == (
        ChangedPart.EGRESS,
        synced.tokyo.network.nat_gateway_id,
    )
    for network in tokyo.target_networks:
        ito.disassociate_client_vpn_target_network(
            ClientVpnEndpointId=tokyo.endpoint_id, AssociationId=network["association_id"]
        )
    ito.delete_tags(Resources=[tokyo.endpoint_id], Tags=[{"Key": "genkan:managed"}])
    seen = look()
    assert [(change.part, change.after) for change in seen] == [(ChangedPart.ENDPOINT, None)]
    ask_cloudtrail()
    told = [(row.change.event.get("name"), row.who.name) for row in rows(takahashi)]
    assert told == [("DeleteNatGateway", "ito"), ("DeleteTags", "ito")]
    assert rows(takahashi)[1].reversal is not None
    assert "can't bring a deleted endpoint back" in str(rows(takahashi)[1].reversal)


def test_each_change_is_taken_back_by_a_form_that_is_filled_in(
    tokyo: Endpoint, someone: Someone, takahashi: User
) -> None:
    ec2, where = someone(), {"ClientVpnEndpointId": tokyo.endpoint_id}
    delete_default_route(ec2, tokyo)
    ec2.revoke_client_vpn_ingress(**where, TargetNetworkCidr="0.0.0.0/0", AccessGroupId=EMPLOYEES.id)
    ec2.authorize_client_vpn_ingress(**where, TargetNetworkCidr="192.0.2.0/24", AuthorizeAllGroups=True)
    ec2.modify_client_vpn_endpoint(
        **where,
        ConnectionLogOptions={"Enabled": False},
        DnsServers={"CustomDnsServers": ["10.0.0.2"], "Enabled": True},
        SplitTunnel=True,
    )
    look()
    eventually(lambda: not look())
    kinds = []
    with translation.override("en"):
        for change in EndpointChange.objects.select_related("endpoint").order_by("part", "subject"):
            path, _, query = reversal(change).url.partition("?")
            kind = get_kind(path.rstrip("/").rpartition("/")[2])
            draft = make_draft(kind=kind, endpoint=change.endpoint, data=QueryDict(query).dict(), files={})
            assert draft.plan is not None, draft.form.errors
            kinds.append((kind.slug, draft.parameters))
    slugs = [slug for slug, _parameters in kinds]
    assert sorted(slugs) == ["authorize-ingress", "create-route", *["modify-endpoint"] * 3, "revoke-ingress"]
    modified = {
        name: value for slug, given in kinds if slug == "modify-endpoint" for name, value in given.items()
    }
    assert modified["dns_servers"] == []
    assert modified["split_tunnel"] is False
    assert modified["log_group"] == tokyo.log_group
    # What is taken back already isn't offered any more.
    someone().modify_client_vpn_endpoint(**where, SplitTunnel=False)
    look()
    first = EndpointChange.objects.filter(subject="SplitTunnel").order_by("pk")[0]
    assert reversal(first).url == ""


def test_a_finding_tells_of_it_once_by_its_weight(tokyo: Endpoint, someone: Someone, takahashi: User) -> None:
    now = timezone.now()
    assert (changed_outside.detect(now), changed_outside_minor.detect(now)) == ([], [])
    ec2 = someone()
    delete_default_route(ec2, tokyo)
    ec2.modify_client_vpn_endpoint(
        ClientVpnEndpointId=tokyo.endpoint_id, Description="Another", SplitTunnel=True
    )
    look()
    (weighty,) = changed_outside.detect(now)
    (minor,) = changed_outside_minor.detect(now)
    assert (len(weighty.evidence["changes"]), len(minor.evidence["changes"])) == (2, 1)
    ask_cloudtrail()
    (again,) = changed_outside.detect(now)
    # Whoever it was is known by now: the same finding, so nobody is told twice.
    assert (again.key, again.evidence["actors"]) == (weighty.key, ["j.doe@example.com"])


def test_an_older_versions_snapshot_and_a_first_look_are_no_changes(
    tokyo: Endpoint, synced: Architecture
) -> None:
    Endpoint.objects.filter(pk=tokyo.pk).update(
        setting_names=["SplitTunnel"], settings={"SplitTunnel": tokyo.split_tunnel}
    )
    assert look() == []
    assert OFFICE_LAN in {route["destination_cidr"] for route in tokyo.routes}


def test_a_policy_that_somebody_else_has_replaced_is_found_and_put_back(
    tokyo: Endpoint, someone: Someone, takahashi: User
) -> None:
    document = "permit (principal, action, resource);"
    store_policy(
        tokyo, AuthorizationPolicy(document, "ours", shadow_mode=True, status="active"), timezone.now()
    )
    someone().modify_client_vpn_endpoint_authorization_policy(
        ClientVpnEndpointId=tokyo.endpoint_id,
        PolicyDocument="forbid (principal, action, resource);",
        ShadowMode="enabled",
    )
    with ec2_client(accounts.configured()[0]) as client:
        store_policy(tokyo, get_policy(client, tokyo.endpoint_id), timezone.now())
    changes.decide_origins()
    ask_cloudtrail()
    (row,) = rows(takahashi)
    assert (row.heading, row.who.name) == ("Authorization policy changed", "j.doe@example.com")
    with translation.override("en"):
        path, _, query = reversal(row.change).url.partition("?")
        assert path == "/operations/new/modify-policy/"
        draft = make_draft(
            kind=get_kind("modify-policy"), endpoint=tokyo, data=QueryDict(query).dict(), files={}
        )
    assert draft.parameters["document"] == document
