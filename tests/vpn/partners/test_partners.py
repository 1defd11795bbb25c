"""Partners are told before an address is added or goes, and an operation waits until they know."""

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
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
from vpn.allowlist.models import PublicationEvent, PublishedAddress
from vpn.endpoints.models import EgressAddressPeriod, Endpoint
from vpn.notifications.models import Delivery
from vpn.operations.engine.advancing import advance
from vpn.operations.refusals import PartnersNotTold
from vpn.operations.requests import services as requests
from vpn.operations.states import OperationStatus
from vpn.partners import services
from vpn.partners.links import acknowledgement_path, signer
from vpn.partners.models import AddressAnnouncement, AnnouncedDirection, Partner, PartnerNotice
from vpn.partners.obstacles import ObstacleKind
from vpn.partners.services import publish

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
    forged = [signer(Partner(email="other@example.com")).sign(str(notice.pk)), f"{notice.pk}:x"]
    for token in (str(notice.pk), *forged, signer(partner).sign("0"), f"{'9' * 30}:x", "%00"):
        assert Client().post(f"/allowlist/acknowledge/{token}/").status_code == 404
    path = acknowledgement_path(notice)
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
    # It is in use, so nobody is told that it won't be.
    told = Delivery.objects.count()
    assert not services.cancel(announcement, actor=takahashi, origin=ORIGIN)
    assert (lines()[NEW], Delivery.objects.count()) == (("current", True), told)


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
    # Kept although there is nobody to ask yet: there may be when it begins.
    draft = plan(slug, endpoint, **data)
    assert draft.plan is not None, draft.form.errors
    assert draft.plan.addresses_lost == (address,)
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


def test_an_address_in_use_stays_when_its_announced_hour_comes_before_the_schedule(takahashi: User) -> None:
    endpoint = published_endpoint()
    announce(takahashi, endpoint, days=2)
    ahead = Client().get("/allowlist.json")
    with time_machine.travel(later(2.5), tick=False):
        before = Client().get("/allowlist.json")
        assert before.json()["addresses"][0]["permit"] is True
        assert before.json()["addresses"][0]["valid_until"] is None
        assert before.json()["changed_at"] > ahead.json()["changed_at"]
        Endpoint.objects.update(seen_at=timezone.now())
        unread = Client().get("/allowlist.json")
        publish(timezone.now())
        after = Client().get("/allowlist.json")
    # Once, when the hour came, and not once more when the schedule had run.
    assert ahead.json()["sync_token"] != before.json()["sync_token"] == after.json()["sync_token"]
    assert (unread["ETag"], unread["Last-Modified"]) == (after["ETag"], after["Last-Modified"])


@pytest.mark.parametrize("is_told", [True, False])
def test_a_pause_over_night_keeps_an_address_until_its_partners_have_acknowledged(
    is_told: bool, takahashi: User
) -> None:
    """Whether AWS has told where the subnets lead, or not."""
    endpoint = published_endpoint(vpc_id="vpc-1")
    if is_told:
        subnet = {"subnet_id": "subnet-1", "vpc_id": "vpc-1", "egress": {"addresses": [ADDRESS]}}
        endpoint.account.subnets = [subnet]
        endpoint.account.save()
    save_partner(takahashi, endpoint)
    announce(takahashi, endpoint, days=2)
    Endpoint.objects.update(egress_ips=[], target_networks=[])
    EgressAddressPeriod.objects.create(endpoint=endpoint, address=ADDRESS, since=later(-9), until=later(0))
    with time_machine.travel(later(2.5), tick=False):
        publish(timezone.now())
        assert lines() == {ADDRESS: ("standby", True)}
        assert PublishedAddress.objects.get().valid_until is None
        services.acknowledge(PartnerNotice.objects.get(), origin=ORIGIN)
        publish(timezone.now())
        assert not PublishedAddress.objects.filter(withdrawn_at=None).exists()


def test_an_announced_address_goes_with_its_endpoint_or_at_its_announced_end(takahashi: User) -> None:
    endpoint = published_endpoint()
    announce(takahashi, endpoint, NEW, AnnouncedDirection.ADD, days=1)
    announce(takahashi, endpoint, NEW, days=2)
    announce(takahashi, endpoint, "198.51.100.10", AnnouncedDirection.ADD)
    publish(later(3))
    assert set(lines()) == {ADDRESS, "198.51.100.10"}
    Endpoint.objects.update(vanished_at=later(3))
    publish(later(3.1))
    assert set(lines()) == {ADDRESS}
    gone = PublicationEvent.objects.get(address="198.51.100.10", kind="withdrawn")
    assert gone.reason == "endpoint-gone"


def test_an_operation_that_was_put_off_asks_the_partners_again_when_it_begins(
    synced: Architecture, takahashi: User
) -> None:
    publish(timezone.now())
    endpoint = Endpoint.objects.get(label="tokyo-main")
    draft = plan("delete-endpoint", endpoint)
    operation = requests.request(
        draft=draft,
        actor=takahashi,
        reason="No longer needed",
        digest=draft.digest,
        typed_name=draft.name_to_type,
        not_before=later(0.5),
    )
    # There was no partner when it was asked for.
    save_partner(takahashi, endpoint)
    with time_machine.travel(later(0.5), tick=False):
        advance()
    operation.refresh_from_db()
    assert (operation.status, operation.error_id) == (OperationStatus.FAILED, "operation-partners-not-told")


def test_what_was_carried_out_is_not_taken_back(takahashi: User, signed_in: SignedIn) -> None:
    endpoint = published_endpoint()
    save_partner(takahashi, endpoint)
    announcement = announce(takahashi, endpoint, days=2)
    client, path = signed_in(takahashi), f"/allowlist/announcements/{announcement.pk}/"
    assert f"{path}cancel/" in client.get(path).content.decode()
    Endpoint.objects.update(egress_ips=[NEW])
    publish(later(3))
    # It comes back, but not because somebody has taken anything back.
    Endpoint.objects.update(egress_ips=[ADDRESS, NEW])
    publish(later(4))
    page = client.get(path).content.decode()
    assert f"{path}cancel/" not in page
    assert "This has been carried out." in page
    client.post(f"{path}cancel/")
    announcement.refresh_from_db()
    assert announcement.cancelled_at is None
    assert Delivery.objects.count() == 1


def test_a_corrected_mailbox_is_told_and_the_former_one_acknowledges_nothing(takahashi: User) -> None:
    endpoint = published_endpoint()
    partner = save_partner(takahashi, endpoint)
    announce(takahashi, endpoint)
    former = path_of(Delivery.objects.get())
    fields = services.PartnerFields(partner.name, "right@example.com", "ja", (endpoint,))
    services.save_partner(partner, fields, actor=takahashi, origin=ORIGIN)
    assert Client().post(former).status_code == 404
    mail = Delivery.objects.exclude(recipient="kawa@example.com").get()
    assert mail.recipient == "right@example.com"
    assert Client().post(path_of(mail)).status_code == 302
    assert PartnerNotice.objects.get().acknowledged_at is not None
    # Nothing is left to be told of, and the same mailbox isn't told twice.
    services.save_partner(partner, fields, actor=takahashi, origin=ORIGIN)
    assert Delivery.objects.count() == 2


def test_the_page_leads_on_whoever_is_waited_for(takahashi: User, signed_in: SignedIn) -> None:
    endpoint = published_endpoint()
    announcement = announce(takahashi, endpoint)
    client, path = signed_in(takahashi), f"/allowlist/announcements/{announcement.pk}/"
    AddressAnnouncement.objects.update(effective_at=later(-1))
    # The date was over, so nobody told the new partner.
    save_partner(takahashi, endpoint, name="Late Ltd")
    page = client.get(path).content.decode()
    assert all(part in page for part in ("Late Ltd", "Not told", f"{path}again/", 'name="reason"'))
    client.post(f"{path}again/")
    services.acknowledge(PartnerNotice.objects.get(), origin=ORIGIN)
    AddressAnnouncement.objects.update(effective_at=later(1))
    # Everybody knows, but the date holds the operation back.
    page = client.get(path).content.decode()
    assert f"{path}again/" not in page
    assert 'name="reason"' in page
    added = announce(takahashi, endpoint, NEW, AnnouncedDirection.ADD)
    path = f"/allowlist/announcements/{added.pk}/"
    assert 'name="reason"' not in client.get(path).content.decode()
    client.post(path, {"reason": "Hurry"})
    added.refresh_from_db()
    assert added.overridden_at is None


def test_another_subnet_after_the_last_one_was_taken_away_loses_its_addresses(
    synced: Architecture, takahashi: User
) -> None:
    publish(timezone.now())
    endpoint = Endpoint.objects.get(label="tokyo-main")
    address = str(endpoint.egress_ips[0])
    had = {network["subnet_id"] for network in endpoint.target_networks}
    save_partner(takahashi, endpoint)
    Endpoint.objects.filter(pk=endpoint.pk).update(target_networks=[], routes=[], egress=[], egress_ips=[])
    publish(timezone.now())
    endpoint = Endpoint.objects.get(pk=endpoint.pk)
    assert PublishedAddress.objects.get(endpoint=endpoint, address=address).state == "standby"
    former = next(s for s in endpoint.account.subnets if s["subnet_id"] in had)
    other = next(
        s
        for s in endpoint.account.subnets
        if s["vpc_id"] == former["vpc_id"] and s["subnet_id"] not in had and "egress" in s
    )

    def lost(subnet: dict[str, Any], **egress: Any) -> tuple[str, ...]:
        subnet["egress"] = {**subnet["egress"], "reasons": [], **egress}
        endpoint.account.save()
        data = {"subnet_id": subnet["subnet_id"], "routes": "0.0.0.0/0"}
        draft = plan("associate-target-network", endpoint, **data)
        assert draft.plan is not None, draft.form.errors
        return draft.plan.addresses_lost

    assert lost(former) == ()
    assert lost(other, addresses=[NEW], via="nat-1") == (address,)
    # Whether it is behind the same address, only AWS knows: bringing an endpoint up again must not wait for that.
    assert lost(other, addresses=[], via="nat-1") == ()
    # Nobody has ever come from them.
    EgressAddressPeriod.objects.all().delete()
    assert lost(other, addresses=[NEW]) == ()
