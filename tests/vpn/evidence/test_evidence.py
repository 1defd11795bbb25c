"""Evidence packs: whole, the same whenever they are read, or not made at all."""

import csv
import html
import io
from collections.abc import Iterator
from datetime import date

import pytest
import time_machine

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit.models import AuditEvent
from sandbox import company
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import ENDPOINT, ended, keep, started
from tests.vpn.connection_log.stored_log import moment, read_log
from tests.vpn.endpoints_in_database import rule, save_endpoint
from vpn.assurance.models import PartAcceptance
from vpn.assurance.statements import state_fact
from vpn.directory.models import Directory, DirectoryUser
from vpn.endpoints.models import EndpointChange
from vpn.evidence.models import EvidencePack
from vpn.evidence.sections import SECTIONS
from vpn.evidence.services import content_hash, make_last_month, make_pack

pytestmark = pytest.mark.django_db
DAYS = (date(2026, 11, 1), date(2026, 11, 20))


@pytest.fixture(autouse=True)
def noon() -> Iterator[None]:
    with time_machine.travel("2026-11-21T03:00:00Z", tick=False):
        yield


def rows(pack: EvidencePack, section: str) -> list[list[object]]:
    found: list[list[object]] = pack.sections[section]
    return found


def state(actor: User, question: str, until: date, *, holds: bool) -> None:
    at = "2026-11-05T00:00:00Z" if holds else "2026-11-21T02:00:00Z"
    with time_machine.travel(at, tick=False):
        origin = RequestOrigin(None, "")
        state_fact(question=question, holds=holds, until=until, note="", actor=actor, origin=origin)


def test_it_says_who_has_access_by_which_rule(tanaka: User, suzuki: User) -> None:
    save_endpoint(
        authorization_rules=[
            rule("0.0.0.0/0", group=company.EMPLOYEES.id),
            rule("10.9.0.0/16", group="g-none"),
            rule("10.0.0.0/8", group=company.EMPLOYEES.id),
        ]
    )
    User.objects.filter(pk=suzuki.pk).update(groups=[])
    access = rows(make_pack(*DAYS), "access")
    assert [row[:3] + row[4:5] for row in access] == [
        ["tokyo-main", "0.0.0.0/0 10.0.0.0/8", company.EMPLOYEES.id, tanaka.username],
        ["tokyo-main", "10.9.0.0/16", "g-none", ""],
    ]


def test_exceptions_and_what_is_not_known_come_first(tanaka: User) -> None:
    endpoint = save_endpoint(error_id="denied", error_code="UnauthorizedOperation")
    PartAcceptance.objects.create(
        key="zones",
        endpoint=endpoint,
        until=moment("2026-12-31 00:00"),
        reason="One zone until the move",
        accepted_by="takahashi",
        accepted_at=moment("2026-11-05 00:00"),
    )
    state(tanaka, "dns", date(2026, 11, 30), holds=True)
    # It has another answer by the time the pack is made.
    state(tanaka, "dns", date(2026, 12, 24), holds=False)
    pack = make_pack(*DAYS)
    assert [section.id for section in SECTIONS][:2] == ["exceptions", "unknown"]
    exception, *answers = rows(pack, "exceptions")
    assert [row[:4] for row in answers] == [["dns", "", "2026-11-30", "yes"]]
    assert exception[:4] == ["zones", "tokyo-main", "2026-12-31T00:00:00Z", "One zone until the move"]
    unknown = rows(pack, "unknown")
    assert ["endpoint", "tokyo-main", "UnauthorizedOperation"] in [row[:3] for row in unknown]
    assert ["directory", "", "never-read"] in [row[:3] for row in unknown]


def test_changes_outside_the_portal_and_people_who_left_are_named() -> None:
    endpoint = save_endpoint(endpoint_id=ENDPOINT)
    read_log()
    EndpointChange.objects.create(
        endpoint=endpoint,
        part="setting",
        subject="SplitTunnel",
        before=False,
        after=True,
        noticed_at=moment("2026-11-10 00:00"),
        origin="outside",
        actor="console-admin",
    )
    directory = Directory.objects.create(identity_store_id="d-1", seen_at=moment("2026-11-21 02:00"))
    DirectoryUser.objects.create(
        directory=directory,
        user_id="u-1",
        username="tanaka@example.co.jp",
        vanished_at=moment("2026-11-15 00:00"),
    )
    keep([started(1), ended(1)])
    pack = make_pack(*DAYS)
    [change] = rows(pack, "changes")
    assert change[1:8] == [
        "tokyo-main",
        "setting",
        "SplitTunnel",
        "False",
        "True",
        "outside",
        "console-admin",
    ]
    [left] = rows(pack, "offboarding")
    assert left[3:] == ["2026-11-20T01:00:00Z", "yes"]
    [sessions] = rows(pack, "sessions")
    assert sessions[:4] == ["tokyo-main", 1, 0, 1]


def test_the_audit_record_has_its_hash_and_a_changed_pack_is_told(suzuki: User, signed_in: SignedIn) -> None:
    save_endpoint()
    auditor = signed_in(suzuki)
    response = auditor.post("/status/evidence/", {"first": "2026-11-01", "last": "2026-11-20"})
    pack = EvidencePack.objects.get()
    assert response.headers["Location"] == pack.get_absolute_url()
    assert AuditEvent.objects.get(tag="evidence:made").details["sha256"] == pack.sha256
    assert pack.sha256 in auditor.get(pack.get_absolute_url()).content.decode()
    pack.sections["exceptions"] = []
    pack.sections["access"] = []
    pack.sha256 = content_hash(pack.sections)
    pack.save()
    assert "This pack was changed after it was made." in auditor.get(pack.get_absolute_url()).content.decode()


def test_a_section_is_a_file_that_a_spreadsheet_takes_for_text(suzuki: User, signed_in: SignedIn) -> None:
    save_endpoint("=1+1")
    pack = make_pack(*DAYS)
    response = signed_in(suzuki).get(f"{pack.get_absolute_url()}logging.csv")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert next(csv.reader(io.StringIO(text))) == ["Endpoint", "Log group", "Since", "Until"]
    response = signed_in(suzuki).get(f"{pack.get_absolute_url()}sessions.csv")
    assert "'=1+1" in b"".join(response.streaming_content).decode()  # type: ignore[attr-defined]


def test_what_is_too_long_is_not_cut_but_not_made(suzuki: User, signed_in: SignedIn) -> None:
    save_endpoint(authorization_rules=[rule("10.0.0.0/8", group=f"g-{number}") for number in range(100_001)])
    text = (
        signed_in(suzuki)
        .post("/status/evidence/", {"first": "2026-11-01", "last": "2026-11-20"})
        .content.decode()
    )
    assert "Nothing was made" in html.unescape(text)
    assert not EvidencePack.objects.exists()


def test_the_portal_makes_one_of_each_month_and_only_one() -> None:
    pack = make_last_month()
    assert pack is not None
    assert (pack.first, pack.last, pack.made_by) == (date(2026, 10, 1), date(2026, 10, 31), "")
    assert make_last_month() is None


def test_days_that_are_none_are_refused_in_words(suzuki: User, signed_in: SignedIn) -> None:
    auditor = signed_in(suzuki)
    for first, last, words in (
        ("2026-11-20", "2026-11-01", "The last day must not be before the first."),
        ("2026-11-20", "2026-11-22", "This day hasn't begun."),
        ("2024-01-01", "2026-11-01", "Ask for 400 days at most."),
    ):
        response = auditor.post("/status/evidence/", {"first": first, "last": last})
        assert words in html.unescape(response.content.decode())
