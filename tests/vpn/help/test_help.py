"""From what one sees to the cure, with and without an account; and the code that is read out."""

import shutil
import subprocess
from datetime import timedelta
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portal.access.models import User
from portal.audit.models import AuditEvent
from portal.audit.tags import Tag
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.diagnosis.base.symptoms import told
from vpn.guides.pages import GuideReader, guide_for
from vpn.guides.systems import System
from vpn.help import codes, doctor
from vpn.help.models import SupportCode
from vpn.help.problems import find_problems, read_log
from vpn.help.questions import QUESTIONS, START
from vpn.help.views import LOGS_A_MINUTE

pytestmark = pytest.mark.django_db


def problems(system: System = System.WINDOWS) -> list:  # type: ignore[type-arg]
    return guide_for(system, GuideReader(signed_in=False, profiles=[]), return_path="/help/").problems


@pytest.mark.parametrize(
    ("typed", "anchor"),
    [
        ("The config should have either cert and key", "cert-and-key"),
        ("no available ports", "no-ports"),
        ("ｎｏ　ａｖａｉｌａｂｌｅ　ｐｏｒｔｓ", "no-ports"),
        ("credentials received were incorrect", "credentials"),
        ("AUTH_FAILED", "credentials"),
        ("exceed the maximum size", "too-many-groups"),
        ("TLS key negotiation", "tls"),
        ("adminitsrator", "tls"),
        ("address space of the local network", "network-changed"),
        ("TAP-Windows", "no-tap"),
        ("Cannot resolve host address", "other-client"),
        ("Missing External PKI alias", "other-client"),
        ("AES-256-GCM", "other-client"),
    ],
)
def test_a_part_of_what_it_says_finds_the_problem(typed: str, anchor: str) -> None:
    assert anchor in [problem.anchor for problem in find_problems(problems(), typed)]


@pytest.mark.parametrize(
    ("lines", "anchors", "over"),
    [
        (["2026-11-20 10:00:01.123 +09:00 [DBG] TLS Error: TLS handshake failed"], ["tls"], False),
        (["x AUTH_FAILED,CRV1:R:instance-1/2/3:YQ==:https://idp.example.com"], [], False),
        (["x AUTH_FAILED,Invalid username or password"], ["credentials"], False),
        (
            ["x TLS Error: TLS handshake failed", "x Initialization Sequence Completed"],
            ["tls"],
            True,
        ),
        (["nothing of interest", ""], [], False),
        (
            [
                "x RESOLVE: Cannot resolve host address: cvpn-endpoint-0a.prod.clientvpn.ap-northeast-1.amazonaws.com"
            ],
            ["other-client"],
            False,
        ),
    ],
)
def test_a_log_is_read(lines: list[str], anchors: list[str], over: bool) -> None:
    signs = read_log(problems(), "\r\n".join(lines))
    assert [sign.problem.anchor for sign in signs] == anchors
    assert all(sign.over is over for sign in signs)


MEGABYTE = 1_000_000


@pytest.mark.parametrize(
    ("beginning", "filling", "anchors"),
    [
        ("", "connection state", []),
        ("", "helper", []),
        ("", "local network ", []),
        ("", "a ", []),
        ("", "x", []),
        ("TLS Error: TLS handshake failed ", "connection state ", ["tls"]),
        ("The address space of the local network x has changed ", "local network", ["network-changed"]),
        # Cut in the middle, this would be a refused password.
        ("x " * 494, "AUTH_FAILED,CRV1:", []),
    ],
)
def test_a_line_of_a_megabyte_is_read_like_any_other(
    beginning: str, filling: str, anchors: list[str]
) -> None:
    line = (beginning + filling * (MEGABYTE // len(filling)))[:MEGABYTE]
    signs = read_log(problems(), f"{line}\nnothing of interest")
    assert [(sign.problem.anchor, sign.over) for sign in signs] == [(anchor, False) for anchor in anchors]
    assert {str(symptom) for symptom in told(note=line).symptoms} == set(anchors)
    assert isinstance(find_problems(problems(), line), list)


def test_logs_are_read_so_often_a_minute_from_one_address(client: Client) -> None:
    with time_machine.travel(timezone.now(), tick=False):
        statuses = [client.post("/help/", {"log": "x"}).status_code for _time in range(LOGS_A_MINUTE + 1)]
        assert statuses == [200] * LOGS_A_MINUTE + [429]
        # Whoever only looks for a problem still finds it.
        assert client.get("/help/", {"q": "no available ports"}).status_code == 200


def test_each_way_ends_at_a_cure_after_three_questions_at_most() -> None:
    anchors = {problem.anchor for system in System for problem in problems(system)}

    def depth(step: str) -> int:
        if step not in QUESTIONS:
            assert step in anchors
            return 0
        return 1 + max(depth(answer.leads_to) for answer in QUESTIONS[step].answers)

    assert depth(START) == 3


def test_everybody_finds_help_before_sign_in_and_nothing_pasted_is_kept(client: Client) -> None:
    page = client.get("/help/", {"q": "no available ports"}).content.decode()
    assert "TCP 8096" in page
    log = "TLS Error: TLS handshake failed <script>alert(1)</script>"
    answer = client.post("/help/?system=macos", {"log": log}).content.decode()
    assert "<script>alert(1)" not in answer
    assert "対処" in answer or "すること" in answer
    assert not AuditEvent.objects.exists()
    assert client.post("/help/", {"log": "x" * 1_000_001}).status_code == 200
    for at in [*QUESTIONS, "tls", "../../etc", ""]:
        assert client.get(f"/help/?at={quote(at)}").status_code == 200


def test_the_scripts_hold_no_name_that_is_none(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint(dns_name="*.cvpn-endpoint-0a.prod.clientvpn.ap-northeast-1.amazonaws.com")
    script = signed_in(tanaka).get("/help/doctor/doctor.sh").content.decode()
    assert 'HOSTS="cvpn-endpoint-0a.prod.clientvpn.ap-northeast-1.amazonaws.com"' in script
    assert 'HOSTS=""' in doctor.script("doctor.sh", hosts=['"; rm -rf ~; "'])
    assert Client().get("/help/doctor/passwd").status_code == 404


def test_the_shell_script_runs_and_its_line_is_read(tmp_path: pytest.TempPathFactory) -> None:
    shell = shutil.which("sh")
    assert shell
    text = doctor.script("doctor.sh", hosts=[])
    output = subprocess.run(
        [shell], input=text, text=True, capture_output=True, check=True, timeout=60
    ).stdout
    facts = doctor.read_line(output)
    assert facts["client"] in {"none", "6+"}
    assert facts["port35001"] in {"free", "taken"}
    assert doctor.findings({"dns": "fails", "lan": "yes"}) == [str(doctor.FINDINGS["dns", "fails"])]


def test_a_code_opens_once_for_each_agent(
    tanaka: User, sato: User, takahashi: User, signed_in: SignedIn
) -> None:
    save_endpoint()
    line = "genkan-doctor 1 os=Windows client=6+ connected=no dns=fails port35001=taken lan=yes"
    page = (
        signed_in(tanaka).post("/help/code/", {"doctor": line, "note": "Since this morning"}).content.decode()
    )
    [code] = [
        word for word in page.replace("<", " ").replace(">", " ").split() if codes.looks_like_code(word)
    ]
    agent = signed_in(sato)
    # Typing it finds nobody and doesn't use it up.
    assert tanaka.username not in agent.get("/helpdesk/-/results/", {"q": code}).content.decode()
    response = agent.post("/helpdesk/-/code/", {"code": code.lower().replace("-", " ")}, follow=True)
    shown = response.content.decode()
    assert "Since this morning" in shown
    assert str(doctor.FINDINGS["port35001", "taken"]) in shown
    assert agent.post("/helpdesk/-/code/", {"code": code}).status_code == 404
    assert signed_in(takahashi).post("/helpdesk/-/code/", {"code": code}).status_code == 302
    assert AuditEvent.objects.filter(tag=Tag.SUPPORT_CODE_OPENED, people=[tanaka.username]).count() == 2


def test_a_code_ends_after_a_day_and_a_newer_one_replaces_it(tanaka: User, sato: User) -> None:
    first = codes.make_code(tanaka, {})
    second = codes.make_code(tanaka, {})
    assert codes.open_code(first, agent=sato) is None
    SupportCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    assert codes.open_code(second, agent=sato) is None
    assert codes.delete_expired_codes() == 1
    assert len(codes.spoken(second).split("・")) == codes.LENGTH


def test_what_fails_at_any_endpoint_counts(tanaka: User) -> None:
    facts = doctor.read_line("x genkan-doctor 1 os=Linux dns=fails tcp443=ok dns=ok tcp443=fails lan=yes")
    assert (facts["dns"], facts["tcp443"], facts["lan"]) == ("fails", "fails", "yes")
    many = " ".join(f"dns=ok tcp443=ok h{number}=ok" for number in range(15))
    assert doctor.read_line(f"genkan-doctor 1 {many} lan=no")["lan"] == "no"


def test_a_japanese_keyboard_types_the_code(tanaka: User, sato: User) -> None:
    code = codes.make_code(tanaka, {})
    typed = code.replace("-", "ー").translate({ord(c): ord(c) + 0xFEE0 for c in code if c.isalnum()})
    assert codes.looks_like_code(typed)
    assert codes.open_code(typed, agent=sato) is not None


def test_the_page_promises_nothing_that_only_an_agent_could_do(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint(status="pending-associate")
    page = signed_in(tanaka).get("/help/").content.decode()
    assert "right now, for anybody" in page
    assert "pass it on" not in page
