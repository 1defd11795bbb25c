"""What administrators state, what everybody reads, and what monitoring gets."""

import io
import json
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.assurance.healthy import HealthyCompany, save_main, ways_out
from vpn.assurance.models import PartAcceptance, Requirement, StatedFact
from vpn.endpoints.models import AwsAccount, SiteToSiteVpn

pytestmark = pytest.mark.django_db
R1, R2, R3, R4, R5 = Requirement
SOON = f"{timezone.localdate() + timedelta(days=30):%Y-%m-%d}"


def test_an_accepted_part_is_amber_until_its_day_and_covers_no_other(
    healthy: HealthyCompany, takahashi: User, signed_in: SignedIn
) -> None:
    browser = signed_in(takahashi)
    healthy.change(healthy.tokyo, log_group="")
    assert healthy.minute()[R4] == "fails"
    url = f"/status/requirements/parts/logging-on/accept/?endpoint={healthy.tokyo.endpoint_id}"
    assert "Connection logging is switched off" in browser.get(url).content.decode()
    for wrong in ("", "2020-01-01", "2199-01-01"):
        assert browser.post(url, {"until": wrong, "reason": "moving the log"}).status_code == 200
    assert browser.post(url, {"until": SOON, "reason": "moving the log"}).status_code == 302
    assert healthy.minute()[R4] == "accepted"
    part = healthy.part("logging-on", "tokyo-main")
    assert part.acceptance is not None
    assert (part.value, part.acceptance.accepted_by) == ("accepted", takahashi.username)
    event = AuditEvent.objects.latest("sequence")
    assert (event.tag, event.target_id) == ("requirement:accepted", "logging-on")
    assert event.details == {"endpoint": healthy.tokyo.endpoint_id, "until": SOON, "reason": "moving the log"}
    page = browser.get("/status/").content.decode()
    assert "moving the log" in page
    assert "/audit/" in browser.get("/audit/").content.decode()
    # Another part isn't covered by it, nor the same part of another endpoint.
    healthy.change(healthy.osaka, log_group="")
    assert healthy.minute()[R4] == "fails"
    healthy.change(healthy.osaka, log_group="/aws/vpn/tokyo-main")
    assert healthy.minutes(5)[-1][R4] == "accepted"
    PartAcceptance.objects.update(until=healthy.now)
    assert healthy.minute()[R4] == "fails"


def test_an_acceptance_can_be_withdrawn(
    healthy: HealthyCompany, takahashi: User, signed_in: SignedIn
) -> None:
    browser = signed_in(takahashi)
    healthy.change(healthy.tokyo, log_group="")
    healthy.minute()
    url = f"/status/requirements/parts/logging-on/accept/?endpoint={healthy.tokyo.endpoint_id}"
    browser.post(url, {"until": SOON, "reason": "x"})
    assert healthy.minute()[R4] == "accepted"
    browser.post(f"/status/requirements/acceptances/{PartAcceptance.objects.get().pk}/withdraw/")
    assert healthy.minute()[R4] == "fails"


def test_an_answer_counts_until_its_day(
    healthy: HealthyCompany, takahashi: User, signed_in: SignedIn
) -> None:
    StatedFact.objects.filter(question="mfa").delete()
    browser = signed_in(takahashi)
    assert browser.get("/status/requirements/answers/nothing/").status_code == 404
    healthy.minute()
    assert "no administrator has stated it" in healthy.part("mfa").evidence
    browser.post(
        "/status/requirements/answers/mfa/", {"holds": "no", "until": SOON, "note": "the tokens' server"}
    )
    assert "the tokens&#x27; server" in browser.get("/status/requirements/answers/").content.decode()
    assert healthy.minutes(3)[-1][R2] == "fails"
    assert AuditEvent.objects.latest("sequence").tag == "requirement:stated"
    StatedFact.objects.filter(question="mfa").update(until=healthy.now)
    healthy.minutes(5)
    assert healthy.part("mfa").value == "unknown"


@pytest.mark.parametrize("helps", [False, True])
def test_whoever_lost_the_way_is_told_only_of_an_endpoint_that_helps(
    healthy: HealthyCompany, tanaka: User, sato: User, signed_in: SignedIn, *, helps: bool
) -> None:
    healthy.now = timezone.now() - timedelta(minutes=2)
    if helps:
        healthy.change(healthy.osaka, split_tunnel=False, egress_ips=["203.0.113.20"])
    healthy.change(healthy.tokyo, egress=ways_out("nat-gateway-gone", addresses=()), egress_ips=[])
    healthy.minute()
    page = signed_in(tanaka).get("/status/").content.decode()
    assert "There is a problem with the VPN" in page
    assert "Affected: tokyo-main." in page
    # The status and the notices above it are of one mind.
    assert page.count("Connect to osaka-dr instead.") == (2 if helps else 0)
    assert ("None of your other endpoints helps" in page) is not helps
    # The evidence is for those who look after the VPN.
    assert "subnet-0a" not in page
    assert "subnet-0a nat-0a" in signed_in(sato).get("/status/").content.decode()


def test_what_all_endpoints_share_affects_everybody(
    healthy: HealthyCompany, tanaka: User, signed_in: SignedIn
) -> None:
    healthy.now = timezone.now() - timedelta(minutes=4)
    StatedFact.objects.filter(question="office-return-route").update(holds=False)
    healthy.minutes(3)
    page = signed_in(tanaka).get("/status/").content.decode()
    assert "There is a problem with the VPN" in page
    assert "aren&#x27;t affected" not in page
    assert "Internal systems can&#x27;t be reached through the VPN by all ways" in page


def test_whoever_lost_the_office_is_told_of_an_endpoint_with_another_line(
    healthy: HealthyCompany, tanaka: User, signed_in: SignedIn
) -> None:
    healthy.now = timezone.now() - timedelta(minutes=7)
    other = AwsAccount.objects.create(name="second", region="ap-northeast-1", seen_at=healthy.now)
    second = save_main("tokyo-second", other)
    line = SiteToSiteVpn.objects.create(
        account=other,
        vpn_connection_id="vpn-0b",
        state="available",
        seen_at=healthy.now,
        tunnels=healthy.line.tunnels,
    )
    down = [{**tunnel, "status": "DOWN"} for tunnel in healthy.line.tunnels]
    healthy.change(healthy.line, tunnels=down)
    healthy.minutes(3)
    page = signed_in(tanaka).get("/status/").content.decode()
    assert f"Affected: tokyo-main. Connect to {second} instead." in page
    home = signed_in(tanaka).get("/").content.decode()
    assert "The office network can&#x27;t be reached through tokyo-main" in home
    assert f"Connect to {second} instead." in home
    healthy.change(line, tunnels=down)
    healthy.minutes(3)
    assert "None of your other endpoints helps" in signed_in(tanaka).get("/status/").content.decode()


def test_monitoring_gets_the_same_and_a_status(healthy: HealthyCompany) -> None:
    healthy.now = timezone.now() - timedelta(minutes=1, seconds=1)
    healthy.change(healthy.tokyo, log_group="")
    healthy.minute()
    output = io.StringIO()
    with pytest.raises(SystemExit) as status:
        call_command("assurance", "--json", stdout=output)
    assert status.value.code == 1
    states = json.loads(output.getvalue())
    assert [state["requirement"] for state in states[:5]] == ["R1", "R2", "R3", "R4", "R5"]
    assert states[3]["value"] == "fails"
    [part] = [part for part in states[3]["parts"] if part["value"] == "fails"]
    assert (part["key"], part["evidence"]) == ("logging-on", "Connection logging is switched off.")
    lines = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("assurance", stdout=lines)
    assert "R4 fails: Connections are logged" in lines.getvalue()
