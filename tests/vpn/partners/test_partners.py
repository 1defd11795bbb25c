"""Partners are told before an address is added or goes, and an operation waits until they know."""

import re
from datetime import datetime, timedelta

import pytest
from django.core.signing import Signer
from django.test import Client
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit.models import AuditEvent
from portal.audit.tags import Tag
from sandbox.aws.seed import Architecture
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_endpoint
from tests.vpn.operations.asking import ask_as, plan
from vpn.allowlist.models import PublishedAddress
from vpn.allowlist.services import publish
from vpn.endpoints.models import Endpoint
from vpn.notifications.models import Delivery
from vpn.operations.refusals import PartnersNotTold
from vpn.operations.requests import services as requests
from vpn.partners import services
from vpn.partners.links import SALT
from vpn.partners.models import AddressAnnouncement, AnnouncedDirection, Partner, PartnerNotice
from vpn.partners.obstacles import ObstacleKind

pytestmark = pytest.mark.django_db

ORIGIN = RequestOrigin(address=None, reference="r")
ASSOCIATED = [{"association_id": "a", "subnet_id": "subnet-1", "vpc_id": "vpc-1", "status": "associated"}]
ADDRESS = "203.0.113.10"
NEW = "198.51.100.9"


@pytest.fixture(autouse=True)
def mail_server(settings: Settings) -> None:
    settings.EMAIL_HOST = "mail.example.co.jp"


def save_partner(actor: User, *endpoints: Endpoint, name: str = "Kawa Bank", language: str = "ja") -> Partner:
    fields = services.PartnerFields(name, f"{name.split()[0].lower()}@example.com", language, endpoints)
    return services.save_partner(None, fields, actor=actor, origin=ORIGIN)


def announce(
    actor: User,
    endpoint: Endpoint,
    address: str = ADDRESS,
    direction: AnnouncedDirection = AnnouncedDirection.WITHDRAW,
    *,
    days: float = 14,
) -> AddressAnnouncement:
    return services.announce(
        endpoint=endpoint,
        address=address,
        direction=direction,
        effective_at=later(days),
        reason="The second zone goes",
        actor=actor,
        origin=ORIGIN,
    )


def later(days: float) -> datetime:
    return timezone.now() + timedelta(days=days)


def published_endpoint(**changes: object) -> Endpoint:
    endpoint = save_endpoint(target_networks=ASSOCIATED, egress_ips=[ADDRESS], **changes)  # type: ignore[arg-type]
    publish(timezone.now())
    return endpoint


def path_of(delivery: Delivery) -> str:
    return re.sub(r"^https?://[^/]+", "", delivery.url)


def lines() -> dict[str, tuple[str, bool]]:
    addresses = Client().get("/allowlist.json").json()["addresses"]
    return {line["address"]: (line["state"], line["permit"]) for line in addresses}


def test_a_partner_is_told_in_their_language_and_acknowledges_by_the_button_only(takahashi: User) -> None:
    endpoint = published_endpoint()
    save_partner(takahashi, endpoint, name="Kawa Bank", language="ja")
    save_partner(takahashi, endpoint, name="Other Ltd", language="en")
    save_partner(takahashi, save_endpoint("osaka"), name="Elsewhere Ltd")
    announce(takahashi, endpoint)
    japanese, english = Delivery.objects.order_by("pk")
    assert (japanese.recipient, english.recipient) == ("kawa@example.com", "other@example.com")
    assert "固定IPアドレス" in japanese.subject
    assert "A fixed IP address changes" in english.subject
    assert "The second zone goes" in english.text
    assert "press the button" in english.text
    path = path_of(japanese)
    # A mail scanner opens every link.
    page = Client(headers={"accept-language": "en"}).get(path)
    assert page.status_code == 200
    assert page["Cache-Control"].startswith("max-age=0")
    assert "この変更を確認しました" in page.content.decode()
    assert not PartnerNotice.objects.exclude(acknowledged_at=None).exists()
    assert Client().post(path).status_code == 302
    notice = PartnerNotice.objects.exclude(acknowledged_at=None).get()
    assert notice.partner.name == "Kawa Bank"
    event = AuditEvent.objects.get(tag=Tag.ADDRESS_ACKNOWLEDGED)
    assert (event.actor, event.target) == ("kawa@example.com", ADDRESS)
    Client().post(path)
    assert AuditEvent.objects.filter(tag=Tag.ADDRESS_ACKNOWLEDGED).count() == 1


def test_a_link_that_is_forged_too_old_or_of_a_removed_partner_acknowledges_nothing(takahashi: User) -> None:
    endpoint = published_endpoint()
    partner = save_partner(takahashi, endpoint)
    announcement = announce(takahashi, endpoint)
    notice = PartnerNotice.objects.get()
    for token in (str(notice.pk), Signer(salt="other").sign(str(notice.pk)), f"{notice.pk}:x"):
        assert Client().post(f"/allowlist/acknowledge/{token}/").status_code == 404
    path = f"/allowlist/acknowledge/{Signer(salt=SALT).sign(str(notice.pk))}/"
    AddressAnnouncement.objects.update(effective_at=later(-31))
    assert Client().get(path).status_code == 410
    Client().post(path)
    AddressAnnouncement.objects.update(effective_at=later(1))
    services.cancel(announcement, actor=takahashi, origin=ORIGIN)
    Client().post(path)
    services.remove_partner(partner, actor=takahashi, origin=ORIGIN)
    assert Client().post(path).status_code == 404
    notice.refresh_from_db()
    assert notice.acknowledged_at is None


def test_an_announced_address_is_published_with_its_date_and_permitted_when_it_comes(takahashi: User) -> None:
    endpoint = published_endpoint()
    save_partner(takahashi, endpoint)
    announcement = announce(takahashi, endpoint, NEW, AnnouncedDirection.ADD)
    assert lines() == {NEW: ("announced", False), ADDRESS: ("current", True)}
    assert Client().get("/allowlist.txt").content.decode().split() == [ADDRESS]
    before = Client().get("/allowlist.json").json()["sync_token"]
    PublishedAddress.objects.filter(address=NEW).update(valid_from=later(-0.1))
    assert Client().get("/allowlist.txt").content.decode().split() == [NEW, ADDRESS]
    assert Client().get("/allowlist.json").json()["sync_token"] != before
    endpoint.egress_ips = [ADDRESS, NEW]
    endpoint.save(update_fields=["egress_ips"])
    publish(timezone.now())
    assert lines()[NEW] == ("current", True)
    assert services.cancel(announcement, actor=takahashi, origin=ORIGIN)
    # It is in use: taking back the announcement withdraws nothing.
    assert lines()[NEW] == ("current", True)


def test_an_announced_withdrawal_ends_at_its_date_but_not_while_the_address_is_used(takahashi: User) -> None:
    endpoint = published_endpoint()
    announce(takahashi, endpoint, days=2)
    publish(later(1))
    assert lines()[ADDRESS] == ("current", True)
    publish(later(3))
    assert PublishedAddress.objects.get().valid_until is None
    endpoint.egress_ips = [NEW]
    endpoint.save(update_fields=["egress_ips"])
    publish(later(3.1))
    # No day of grace: everybody knew.
    assert PublishedAddress.objects.get(withdrawn_at=None).address == NEW


def test_partners_hear_once_of_what_nobody_had_announced(takahashi: User) -> None:
    endpoint = published_endpoint()
    services.tell_of_events(timezone.now())
    assert not Delivery.objects.exists()
    save_partner(takahashi, endpoint, language="en")
    endpoint.egress_ips = [ADDRESS, NEW]
    endpoint.save(update_fields=["egress_ips"])
    publish(timezone.now())
    assert services.tell_of_events(timezone.now()) == 1
    assert services.tell_of_events(timezone.now()) == 0
    delivery = Delivery.objects.get()
    assert delivery.subject == f"Fixed IP address {NEW}: Added"
    assert "Not announced before" in delivery.text


@pytest.mark.parametrize("slug", ["delete-endpoint", "revoke-ingress"])
def test_an_operation_that_takes_an_address_waits_for_all_partners(
    slug: str, synced: Architecture, takahashi: User, signed_in: SignedIn
) -> None:
    publish(timezone.now())
    endpoint = Endpoint.objects.get(label="tokyo-main")
    address = str(endpoint.egress_ips[0])
    ask = ask_as(takahashi)
    group = next(r for r in endpoint.authorization_rules if r["destination_cidr"] == "0.0.0.0/0")
    data = {"rule": f"0.0.0.0/0 {group['group_id']}".strip()} if slug == "revoke-ingress" else {}
    draft = plan(slug, endpoint, **data)
    assert draft.plan is not None, draft.form.errors
    assert draft.plan.addresses_lost == ()
    first, second = (save_partner(takahashi, endpoint, name=name) for name in ("Kawa Bank", "Other Ltd"))
    with pytest.raises(PartnersNotTold) as refused:
        ask(slug, endpoint, **data)
    assert [obstacle.kind for obstacle in refused.value.obstacles] == [ObstacleKind.NOT_ANNOUNCED]
    page = signed_in(takahashi).get(
        f"/operations/new/{slug}/", {"endpoint": endpoint.endpoint_id, **data, "plan": "1"}
    )
    assert "Kawa Bank" in page.content.decode()
    assert "/allowlist/announce/?endpoint=" in page.content.decode()
    announcement = announce(takahashi, endpoint, address)
    services.acknowledge(PartnerNotice.objects.get(partner=first), origin=ORIGIN)
    with pytest.raises(PartnersNotTold) as refused:
        ask(slug, endpoint, **data)
    assert refused.value.obstacles[0].partners == ("Other Ltd",)
    services.acknowledge(PartnerNotice.objects.get(partner=second), origin=ORIGIN)
    with pytest.raises(PartnersNotTold) as refused:
        ask(slug, endpoint, **data)
    assert refused.value.obstacles[0].kind is ObstacleKind.TOO_EARLY
    AddressAnnouncement.objects.update(effective_at=later(-0.01))
    # Whoever became a partner since permits the address, too.
    save_partner(takahashi, endpoint, name="Late Ltd")
    with pytest.raises(PartnersNotTold):
        ask(slug, endpoint, **data)
    services.override(announcement, reason="They closed", actor=takahashi, origin=ORIGIN)
    assert AuditEvent.objects.get(tag=Tag.ADDRESS_OVERRIDDEN).details["reason"] == "They closed"
    assert ask(slug, endpoint, **data).plan["addresses_lost"] == [address]


def test_a_plan_warns_of_an_address_that_partners_dont_know(synced: Architecture, takahashi: User) -> None:
    publish(timezone.now())
    endpoint = Endpoint.objects.get(label="tokyo-main")
    associated = {network["subnet_id"] for network in endpoint.target_networks}
    subnet = next(s for s in endpoint.account.subnets if s["subnet_id"] not in associated)
    for other in endpoint.account.subnets:
        if other["subnet_id"] not in associated:
            # Another zone: AWS takes one subnet of each.
            other["zone"] = other["zone_name"] = "ap-northeast-1d"
            other["egress"] = {**other["egress"], "via": "nat-1", "addresses": [NEW], "reasons": []}
    endpoint.account.save()
    data = {"subnet_id": subnet["subnet_id"], "routes": "0.0.0.0/0"}

    def warned() -> bool:
        draft = plan("associate-target-network", endpoint, **data)
        assert draft.plan is not None, draft.form.errors
        return any(NEW in str(check.text) and "allow list" in str(check.text) for check in draft.plan.checks)

    with override("en"):
        assert not warned()
        save_partner(takahashi, endpoint)
        assert warned()
        announce(takahashi, endpoint, NEW, AnnouncedDirection.ADD)
        assert not warned()


def test_a_pause_takes_no_address_away(synced: Architecture, takahashi: User) -> None:
    publish(timezone.now())
    endpoint = Endpoint.objects.get(label="tokyo-main")
    save_partner(takahashi, endpoint)
    draft = plan("pause-endpoint", endpoint, when="now", hours="1")
    assert draft.plan is not None, draft.form.errors
    assert draft.plan.addresses_lost == ()


def test_an_approval_is_refused_when_a_partner_was_added_meanwhile(
    synced: Architecture, takahashi: User, settings: Settings
) -> None:
    settings.OPERATIONS_REQUIRE_APPROVAL = True
    publish(timezone.now())
    endpoint = Endpoint.objects.get(label="tokyo-main")
    partner = save_partner(takahashi, endpoint)
    announcement = announce(takahashi, endpoint, str(endpoint.egress_ips[0]))
    services.acknowledge(PartnerNotice.objects.get(partner=partner), origin=ORIGIN)
    AddressAnnouncement.objects.filter(pk=announcement.pk).update(effective_at=later(-0.01))
    operation = ask_as(takahashi)("delete-endpoint", endpoint)
    save_partner(takahashi, endpoint, name="Late Ltd")
    second = User.objects.create(username="second@example.com", roles=["admin"])
    with pytest.raises(PartnersNotTold):
        requests.approve(operation=operation, actor=second)


def test_administrators_do_all_of_it_on_pages(takahashi: User, signed_in: SignedIn) -> None:
    endpoint = published_endpoint()
    client = signed_in(takahashi)
    fields = {
        "name": "Kawa Bank",
        "email": "net@example.com",
        "language": "en",
        "endpoints": endpoint.endpoint_id,
    }
    assert client.post("/allowlist/partners/new/", fields | {"endpoints": ""}).status_code == 200
    assert client.post("/allowlist/partners/new/", fields).status_code == 302
    partner = Partner.objects.get()
    assert "net@example.com" in client.get(f"/allowlist/partners/{partner.pk}/").content.decode()
    change = {
        "endpoint": endpoint.endpoint_id,
        "direction": "withdraw",
        "address": NEW,
        "effective_at": f"{timezone.localtime(later(3)):%Y-%m-%dT%H:%M}",
        "reason": "The zone goes",
    }
    assert "isn&#x27;t on the endpoint" in client.post("/allowlist/announce/", change).content.decode()
    response = client.post("/allowlist/announce/", change | {"address": ADDRESS})
    assert response.status_code == 302
    page = client.get(response["Location"]).content.decode()
    assert "Not all partners have acknowledged yet." in page
    assert "Kawa Bank" in client.get("/allowlist/partners/").content.decode()
    # Who reads the list of messages can't acknowledge for the partner.
    assert "/allowlist/acknowledge/" not in client.get("/notifications/").content.decode()
    client.post(f"{response['Location']}again/")
    assert Delivery.objects.count() == 2
    client.post(response["Location"], {"reason": "They are closed"})
    assert "They are closed" in client.get(response["Location"]).content.decode()
    client.post(f"{response['Location']}cancel/")
    assert PublishedAddress.objects.get().valid_until is None
    client.post(f"/allowlist/partners/{partner.pk}/remove/")
    assert client.get(f"/allowlist/partners/{partner.pk}/").status_code == 404
    audit = client.get("/audit/").content.decode()
    for word in ("Partner added", "Change of an address announced", "taken back", "Partner removed"):
        assert word in audit


def test_without_a_mail_server_the_page_says_that_nobody_was_told(
    takahashi: User, signed_in: SignedIn, settings: Settings
) -> None:
    settings.EMAIL_HOST = ""
    endpoint = published_endpoint()
    save_partner(takahashi, endpoint)
    announcement = announce(takahashi, endpoint)
    page = signed_in(takahashi).get(f"/allowlist/announcements/{announcement.pk}/").content.decode()
    assert "Not told" in page
