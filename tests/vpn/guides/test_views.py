"""The guides as they are read: before and after sign-in, for each system, in both languages."""

import re
from html import unescape
from pathlib import Path

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from portal.access.models import User
from sandbox import company
from tests.conftest import SignedIn
from tests.vpn.endpoints_in_database import rule, save_endpoint
from vpn.guides.pages import CLIENT_DOWNLOAD, Filling
from vpn.guides.systems import System, import_command
from vpn.guides.text import document, parse

WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36"
MACOS = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/26.0 Safari/605.1.15"
UBUNTU = "Mozilla/5.0 (X11; Ubuntu; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 26_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148"
COMMANDS = {
    System.WINDOWS: (
        "aws-vpn-client import-profile --profile-name tokyo-main "
        '--config-path "$HOME\\Downloads\\tokyo-main.ovpn"'
    ),
    System.MACOS: (
        "aws-vpn-client import-profile --profile-name tokyo-main --config-path ~/Downloads/tokyo-main.ovpn"
    ),
    System.UBUNTU: (
        "aws-vpn-client import-profile --profile-name tokyo-main "
        '--config-path "$(xdg-user-dir DOWNLOAD)/tokyo-main.ovpn"'
    ),
}
HEADINGS = {"ja": "うまくいかないとき", "en": "When something goes wrong"}


def page(client: Client, path: str, language: str = "en", **headers: str) -> str:
    response = client.get(path, headers={"accept-language": language, **headers})
    assert response.status_code == 200
    assert response["Content-Language"] == language
    return response.content.decode()


def main(text: str) -> str:
    return text[text.index("<main") : text.index("</main>")]


@pytest.mark.parametrize("system", System)
@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize("person", [False, True], ids=["signed-out", "signed-in"])
def test_each_guide_can_be_read_by_everybody(
    tanaka: User, signed_in: SignedIn, system: System, language: str, person: bool
) -> None:
    save_endpoint()
    text = main(page(signed_in(tanaka) if person else Client(), f"/guides/{system}/", language))
    assert HEADINGS[language] in text
    assert f'<a href="/guides/{system}/" aria-current="page">{system.label}</a>' in text
    assert CLIENT_DOWNLOAD in text
    assert not re.findall(r"\{[\w:-]*\}|\{#|\*\*", re.sub(r"<pre.*?</pre>", "", text, flags=re.DOTALL))
    assert ("/profiles/cvpn-endpoint-" in text) == person


@pytest.mark.parametrize("system", System)
@pytest.mark.parametrize("language", ["ja", "en"])
def test_every_step_and_every_problem_of_the_system_has_its_anchor_once(
    db: None, system: System, language: str
) -> None:
    text = page(Client(), f"/guides/{system}/", language)
    problems = [
        problem.anchor for problem in document(language, "problems").sections if system in problem.systems
    ]
    steps = [part.anchor for step in document(language, system).sections for part in (step, *step.children)]
    ids = re.findall(r'\bid="([^"]+)"', text)
    assert {*steps, *problems, "problems"} <= set(ids)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', text)) <= set(ids)


def test_the_anchors_are_the_same_in_both_languages(db: None) -> None:
    japanese, english = (
        re.findall(r'href="(#[^"]+)"', page(Client(), "/guides/ubuntu/", code)) for code in ("ja", "en")
    )
    assert japanese == english


@pytest.mark.parametrize(
    ("agent", "system"),
    [(WINDOWS, "Windows"), (MACOS, "macOS"), (UBUNTU, "Ubuntu"), (IPHONE, "Windows"), ("", "Windows")],
)
def test_the_visitors_system_is_chosen_and_can_be_changed(db: None, agent: str, system: str) -> None:
    response = Client().get("/guides/", headers={"user-agent": agent})
    text = response.content.decode()
    assert re.findall(r'aria-current="page">(\w+)</a>', text) == [system]
    assert "User-Agent" in response["Vary"]
    for choice in System:
        assert f'href="/guides/{choice}/"' in text


def test_a_system_without_a_guide_is_not_found(db: None) -> None:
    assert Client().get("/guides/beos/").status_code == 404
    assert Client().post("/guides/windows/").status_code == 405


@pytest.mark.parametrize("system", System)
def test_the_import_command_is_the_persons_own(tanaka: User, signed_in: SignedIn, system: System) -> None:
    endpoint = save_endpoint()
    text = page(signed_in(tanaka), f"/guides/{system}/")
    shown = re.search(rf'<pre[^>]* id="import-{endpoint.endpoint_id}"[^>]*>(.*?)</pre>', text)
    assert shown is not None
    assert unescape(shown[1]) == COMMANDS[system] == import_command(system, "tokyo-main.ovpn")
    assert f'data-copy-from="import-{endpoint.endpoint_id}"' in text


def test_the_steps_name_the_persons_endpoint_and_offer_its_file(tanaka: User, signed_in: SignedIn) -> None:
    endpoint = save_endpoint()
    text = page(signed_in(tanaka), "/guides/windows/")
    assert f'href="/profiles/{endpoint.endpoint_id}/download" download="tokyo-main.ovpn"' in text
    assert 'type <strong class="guide-name">tokyo-main</strong>' in text
    assert company.TOKYO.egress_ip in text
    assert "Sign in to get your own profile" not in text


def test_each_endpoint_of_the_person_has_its_button_and_its_command(
    tanaka: User, signed_in: SignedIn
) -> None:
    save_endpoint()
    save_endpoint("osaka-dr", split_tunnel=True)
    text = page(signed_in(tanaka), "/guides/macos/")
    for name in ("tokyo-main", "osaka-dr"):
        assert f'download="{name}.ovpn"' in text
        assert f"--profile-name {name} --config-path ~/Downloads/{name}.ovpn" in text
    assert '<strong class="guide-name">osaka-dr</strong>' not in text


def test_an_endpoint_for_other_groups_is_not_named(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint("secret-endpoint", authorization_rules=[rule("0.0.0.0/0", group=company.ENGINEERING.id)])
    text = page(signed_in(tanaka), "/guides/windows/")
    assert "secret-endpoint" not in text
    assert "There is no profile for you yet" in text
    assert "NAME.ovpn" in text


def test_a_profile_that_aws_never_gave_us_has_no_button(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint(configuration="")
    text = page(signed_in(tanaka), "/guides/windows/")
    assert "Not ready yet" in text
    assert "/download" not in text


def test_somebody_whose_roles_are_gone_reads_it_as_a_visitor_without_profiles(
    tanaka: User, signed_in: SignedIn
) -> None:
    save_endpoint()
    client = signed_in(tanaka)
    tanaka.roles = []
    tanaka.save(update_fields=["roles"])
    assert "tokyo-main" not in page(client, "/guides/windows/")


def test_a_visitor_learns_no_names_and_can_sign_in_and_come_back(db: None) -> None:
    save_endpoint()
    text = page(Client(), "/guides/macos/")
    assert "tokyo-main" not in text
    assert company.TOKYO.egress_ip not in text
    assert 'href="/accounts/login/?next=/guides/macos/%23profile"' in text
    assert "--profile-name NAME --config-path ~/Downloads/NAME.ovpn" in text


def test_a_problem_of_one_system_stands_only_there(db: None) -> None:
    for anchor, system in {"no-tap": "windows", "helper-tool": "macos", "dns": "ubuntu"}.items():
        for shown in System:
            assert (f'id="{anchor}"' in page(Client(), f"/guides/{shown}/")) == (shown == system)


@pytest.mark.parametrize("language", ["ja", "en"])
def test_messages_stand_in_awss_exact_words_for_every_reader(db: None, language: str) -> None:
    text = page(Client(), "/guides/windows/", language)
    for message in (
        "The config should have either cert and key or auth-user-pass specified.",
        "The authentication flow could not be initiated. There are no available ports.",
        "The credentials received were incorrect. Contact your IT administrator.",
        "TLS Error: TLS key negotiation failed to occur within 60 seconds (check your network connectivity)",
        "Connection failed because of a TLS handshake error. Contact your IT adminitsrator.",
        "There are no TAP-Windows adapters on this system.",
    ):
        assert f'<code lang="en" translate="no">{message}</code>' in text


def test_whom_to_ask_comes_from_the_settings(db: None, settings: Settings) -> None:
    settings.HELPDESK_CONTACT_EN, settings.HELPDESK_URL = "Helpdesk <4500>", "mailto:help@example.com"
    assert '<a href="mailto:help@example.com">Helpdesk &lt;4500&gt;</a>' in main(
        page(Client(), "/guides/windows/")
    )
    settings.HELPDESK_CONTACT = settings.HELPDESK_CONTACT_EN = settings.HELPDESK_URL = ""
    assert 'operating system to <strong class="guide-name">your helpdesk</strong>.' in page(
        Client(), "/guides/windows/"
    )


def test_an_endpoints_name_is_escaped_wherever_it_stands(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint("<script>alert(1)</script> & co")
    text = page(signed_in(tanaka), "/guides/windows/")
    assert "<script>alert" not in text
    assert '<strong class="guide-name">&lt;script&gt;alert(1)&lt;/script&gt; &amp; co</strong>' in text


def test_html_in_a_text_is_shown_and_not_obeyed() -> None:
    source = (
        "# <b>T</b>\n\n## `<i>` {#a}\n\n<script>alert(1)</script>\n\nText <img src=x onerror=alert(1)> {endpoint}\n\n"
        "[x](javascript:alert(1))\n\n```\n<u>\n```\n"
    )
    guide, filling = parse(source, Path("en/x.md")), Filling({"endpoint": "<s>"}, {})
    section = guide.sections[0]
    shown = filling.fill(guide.top.heading + section.heading + section.body)
    # The button that copies the command is ours.
    plain = re.sub(r"<button.*?</button>", "", shown, flags=re.DOTALL)
    assert re.findall(r"<(?!/?(?:p|strong|code|pre|div)\b)[^>]*>", plain) == []
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "href" not in plain


def test_curly_brackets_in_an_endpoints_name_are_no_placeholder(tanaka: User, signed_in: SignedIn) -> None:
    save_endpoint("{file} {egress_check}")
    assert '<strong class="guide-name">{file} {egress_check}</strong>' in page(
        signed_in(tanaka), "/guides/windows/"
    )


def test_nothing_is_asked_of_the_database_for_a_visitor(
    db: None, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = Client()
    with django_assert_num_queries(0):
        client.get("/guides/windows/")


def test_little_is_asked_of_the_database_for_a_person(
    tanaka: User, signed_in: SignedIn, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(10):
        save_endpoint(f"endpoint-{number}")
    client = signed_in(tanaka)
    # session, user, endpoints, downloads; for the notices: the two again, log entries, presence, incidents, drills,
    # planned work (2), what AWS Health says, and the line to the office
    with django_assert_num_queries(14):
        client.get("/guides/windows/")


def test_the_guide_is_in_the_navigation_of_whoever_is_signed_in(tanaka: User, signed_in: SignedIn) -> None:
    assert '<a href="/guides/" aria-current="page">Setup guide</a>' in page(
        signed_in(tanaka), "/guides/macos/"
    )
