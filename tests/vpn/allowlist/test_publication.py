"""The list as machines read it: what is published, when it changes, and what it never says."""

import json
from datetime import datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from portal.access.models import User
from tests.conftest import SignedIn
from tests.vpn.api.conftest import token_of
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.allowlist.models import PublicationEvent, PublishedAddress
from vpn.allowlist.texts import event_text
from vpn.endpoints.models import Endpoint
from vpn.partners.services import publish

pytestmark = pytest.mark.django_db

OURS = "203.0.113.10"
OTHER = "203.0.113.20"
ASSOCIATED = [{"association_id": "a", "subnet_id": "subnet-1", "vpc_id": "vpc-1", "status": "associated"}]


def main_endpoint(**changes: Any) -> Endpoint:
    fields: dict[str, Any] = {"egress_ips": [OURS], "target_networks": ASSOCIATED}
    return save_endpoint(**(fields | changes))


def later(hours: float) -> datetime:
    return timezone.now() + timedelta(hours=hours)


def events() -> list[tuple[str, str]]:
    return [(event.kind, event.reason) for event in PublicationEvent.objects.order_by("id")]


def token() -> str:
    return str(Client().get("/allowlist.json").json()["sync_token"])


def shown(path: str = "/allowlist.txt") -> list[str]:
    return Client().get(path).content.decode().split()


def test_nothing_known_is_an_error_and_never_an_empty_list() -> None:
    for name in ("txt", "json", "csv", "tf"):
        response = Client().get(f"/allowlist.{name}")
        assert response.status_code == 503
        assert response["Retry-After"]
        assert "no-endpoint" in response.content.decode()
        # PostgreSQL takes no NUL
        assert Client().get(f"/allowlist.{name}?endpoint=%00").status_code == 404
    save_endpoint(egress_ips=[], egress_known_at=None, seen_at=None)
    publish(timezone.now())
    assert Client().get("/allowlist.json").json()["reason"] == "never-read"
    Endpoint.objects.update(seen_at=timezone.now())
    publish(timezone.now())
    assert Client().get("/allowlist.json").json()["reason"] == "no-fixed-address"


def test_every_form_has_the_same_addresses_in_the_order_of_numbers() -> None:
    main = main_endpoint(egress_ips=["203.0.113.100", "2001:db8::1", "203.0.113.9"])
    second = save_endpoint("osaka\n=1+1", egress_ips=["203.0.113.9"], target_networks=ASSOCIATED)
    publish(timezone.now())
    assert shown() == ["203.0.113.9", "203.0.113.100", "2001:db8::1"]
    assert shown(f"/allowlist.txt?endpoint={second.endpoint_id}") == ["203.0.113.9"]
    assert Client().get("/allowlist.txt?endpoint=cvpn-endpoint-0").status_code == 404
    content = Client().get("/allowlist.json").json()
    assert content["complete"] is True
    lines = [(line["cidr"], line["version"], line["permit"]) for line in content["addresses"]]
    assert lines[0] == lines[1] == ("203.0.113.9/32", 4, True)
    assert lines[3] == ("2001:db8::1/128", 6, True)
    table = Client().get("/allowlist.csv").content.decode()
    assert "203.0.113.9/32,4," in table
    assert "osaka\n'=1+1" in table
    terraform = Client().get("/allowlist.tf").content.decode()
    assert f'"{main.endpoint_id}" = ["203.0.113.9/32", "203.0.113.100/32", "2001:db8::1/128"]' in terraform
    assert "# osaka =1+1\n" in terraform


def test_a_reader_is_told_when_nothing_has_changed() -> None:
    main_endpoint()
    publish(timezone.now())
    first = Client().get("/allowlist.json")
    assert first["Last-Modified"]
    same = Client().get("/allowlist.json", headers={"if-none-match": first["ETag"]})
    assert (same.status_code, same.content) == (304, b"")
    assert (
        Client(headers={"if-modified-since": first["Last-Modified"]}).get("/allowlist.txt").status_code == 304
    )
    # Another snapshot with the same addresses is no change.
    Endpoint.objects.update(seen_at=timezone.now() + timedelta(seconds=1))
    publish(timezone.now())
    assert Client().get("/allowlist.json", headers={"if-none-match": first["ETag"]}).status_code == 304
    Endpoint.objects.update(egress_ips=[OURS, OTHER])
    publish(timezone.now())
    changed = Client().get("/allowlist.json", headers={"if-none-match": first["ETag"]})
    assert changed.status_code == 200
    assert changed.json()["sync_token"] != first.json()["sync_token"]


def test_what_aws_does_not_answer_withdraws_nothing() -> None:
    endpoint = main_endpoint()
    publish(timezone.now())
    before = token()
    etag = Client().get("/allowlist.json")["ETag"]
    endpoint.seen_at = timezone.now() - timedelta(days=3)
    endpoint.save(update_fields=["seen_at"])
    publish(timezone.now())
    line = Client().get("/allowlist.json").json()["addresses"][0]
    assert (line["address"], line["stale"], line["permit"]) == (OURS, True, True)
    assert line["seen_at"] < (timezone.now() - timedelta(days=2)).isoformat()
    assert token() == before
    # The content is the same, but a reader should learn that it is old.
    assert Client().get("/allowlist.json", headers={"if-none-match": etag}).status_code == 200


def test_an_address_that_vanishes_stays_for_a_day_and_a_returning_one_stays() -> None:
    endpoint = main_endpoint(egress_ips=[OURS, OTHER])
    publish(timezone.now())
    endpoint.egress_ips = [OURS]
    endpoint.save(update_fields=["egress_ips"])
    publish(later(1))
    leaving = Client().get("/allowlist.json").json()["addresses"][1]
    assert (leaving["state"], leaving["permit"]) == ("leaving", True)
    assert leaving["valid_until"] is not None
    endpoint.egress_ips = [OURS, OTHER]
    endpoint.save(update_fields=["egress_ips"])
    publish(later(2))
    endpoint.egress_ips = [OURS]
    endpoint.save(update_fields=["egress_ips"])
    publish(later(3))
    publish(later(26.5))
    assert shown() == [OURS, OTHER]
    publish(later(27.5))
    assert shown() == [OURS]
    assert events()[2:] == [
        ("leaving", "unplanned"),
        ("returned", "unplanned"),
        ("leaving", "unplanned"),
        ("withdrawn", "unplanned"),
    ]


def test_a_new_address_says_who_added_it() -> None:
    endpoint = main_endpoint()
    publish(timezone.now())
    endpoint.egress_ips = [OURS, OTHER]
    endpoint.save(update_fields=["egress_ips"])
    publish(timezone.now())
    endpoint.egress_ips = [OURS, OTHER, "203.0.113.30"]
    endpoint.egress = [{"subnet_id": "s", "via": "nat-1", "addresses": [], "reasons": ["addresses-may-grow"]}]
    endpoint.save(update_fields=["egress_ips", "egress"])
    publish(timezone.now())
    assert [reason for _kind, reason in events()] == ["first", "unplanned", "by-aws"]
    publish(timezone.now())
    assert len(events()) == 3


def test_a_paused_endpoint_keeps_its_addresses_as_long_as_its_vpc_leads_to_them() -> None:
    endpoint = main_endpoint(vpc_id="vpc-1")
    publish(timezone.now())
    Endpoint.objects.update(egress_ips=[], target_networks=[])
    publish(later(48))
    assert PublishedAddress.objects.get().state == "standby"
    subnet = {"subnet_id": "subnet-1", "vpc_id": "vpc-1"}
    endpoint.account.subnets = [{**subnet, "egress": {"addresses": [OURS, OTHER]}}]
    endpoint.account.save()
    publish(later(49))
    # The other one was never this endpoint's.
    assert shown() == [OURS]
    endpoint.account.subnets = [{**subnet, "egress": {"addresses": []}}]
    endpoint.account.save()
    publish(later(50))
    publish(later(75))
    assert Client().get("/allowlist.txt").status_code == 503


def test_a_standby_endpoint_is_published_before_it_is_ever_used(settings: Settings) -> None:
    endpoint = save_endpoint("standby", egress_ips=[], vpc_id="vpc-9")
    endpoint.account.subnets = [
        {"subnet_id": "subnet-9", "vpc_id": "vpc-9", "egress": {"addresses": [OURS, OTHER]}},
        {"subnet_id": "subnet-8", "vpc_id": "vpc-8", "egress": {"addresses": ["203.0.113.99"]}},
    ]
    endpoint.account.save()
    publish(timezone.now())
    assert shown() == [OURS, OTHER]
    assert events() == [("added", "standby"), ("added", "standby")]
    # An administrator knows better which of the VPC's NAT gateways it will use.
    settings.VPN_DECLARED_EGRESS = {endpoint.endpoint_id: [OTHER]}
    publish(later(1))
    publish(later(26))
    assert shown() == [OTHER]


def test_a_deleted_endpoints_addresses_go_after_a_day() -> None:
    endpoint = main_endpoint()
    publish(timezone.now())
    endpoint.vanished_at = timezone.now()
    endpoint.save(update_fields=["vanished_at"])
    publish(later(0.1))
    assert shown() == [OURS]
    publish(later(25))
    assert Client().get("/allowlist.txt").status_code == 503
    assert events()[-1] == ("withdrawn", "endpoint-gone")


def test_the_closed_list_opens_with_a_token_that_may_read_it_or_a_session(
    settings: Settings, takahashi: User, tanaka: User, signed_in: SignedIn
) -> None:
    settings.ALLOWLIST_PUBLIC = False
    main_endpoint()
    publish(timezone.now())
    bearer = {"authorization": f"Bearer {token_of(takahashi)}"}
    for name in ("txt", "json", "csv", "tf", "atom"):
        path = f"/allowlist.{name}"
        assert Client().get(path).status_code == 401
        assert Client().get(path, headers=bearer).status_code == 200
        assert signed_in(tanaka).get(path).status_code == 200


def test_too_many_requests_are_refused_with_the_time_to_wait() -> None:
    main_endpoint()
    publish(timezone.now())
    client = Client()
    # The clock stands still, so that no new minute begins in between.
    with time_machine.travel(timezone.now(), tick=False):
        responses = [client.get("/allowlist.txt") for _ in range(61)]
    assert [response.status_code for response in responses] == [200] * 60 + [429]
    assert responses[-1]["Retry-After"]


def test_the_history_can_be_followed_as_a_feed() -> None:
    endpoint = main_endpoint()
    publish(timezone.now())
    response = Client(headers={"accept-language": "en"}).get("/allowlist.atom")
    assert response["Content-Type"].startswith("application/atom+xml")
    feed = ET.fromstring(response.content)
    names = {"atom": "http://www.w3.org/2005/Atom"}
    entry = feed.find("atom:entry", names)
    assert entry is not None
    assert f"Added: {OURS} (tokyo-main)" == entry.findtext("atom:title", namespaces=names)
    first = entry.findtext("atom:id", namespaces=names)
    publish(timezone.now())
    again = ET.fromstring(Client().get("/allowlist.atom").content)
    assert again.findtext("atom:entry/atom:id", namespaces=names) == first
    client = Client(headers={"accept-language": "en", "if-none-match": response["ETag"]})
    assert client.get("/allowlist.atom").status_code == 304
    endpoint.egress_ips = [OURS, OTHER]
    endpoint.save(update_fields=["egress_ips"])
    publish(timezone.now())
    assert client.get("/allowlist.atom").status_code == 200


def test_the_page_says_what_to_permit_and_what_is_not_known(tanaka: User, signed_in: SignedIn) -> None:
    main_endpoint()
    save_endpoint("osaka", egress_ips=[], seen_at=None)
    publish(timezone.now())
    page = signed_in(tanaka).get("/allowlist/").content.decode()
    assert OURS in page
    assert "couldn&#x27;t read this endpoint" in page
    content = json.loads(Client().get("/allowlist.json").content)
    assert content["complete"] is False
    assert content["missing"][0]["reason"] == "never-read"


@pytest.mark.parametrize(
    ("kind", "word"), [("announced", "From: "), ("withdrawal-announced", "Until: "), ("leaving", "Until: ")]
)
def test_the_history_says_what_a_moment_means(kind: str, word: str) -> None:
    endpoint = save_endpoint()
    event = PublicationEvent(
        endpoint=endpoint, address=OURS, kind=kind, reason="planned", at=later(0), effective_at=later(1)
    )
    with override("en"):
        assert f"{word}{timezone.localtime(later(1)):%Y-%m-%d}" in event_text(event)
