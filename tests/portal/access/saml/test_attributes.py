"""Which attributes count: those that the portal reads, whatever else the identity provider sends beside them."""

from collections.abc import Iterable

import pytest
from pytest_django import Settings

from portal.access.models import User
from portal.audit.models import AuditEvent
from sandbox import company
from tests.portal.access.saml.conftest import Browser, reason

Attribute = tuple[str, tuple[str, ...]]

EMAIL = ("email", ("m.tanaka@example.co.jp",))
NAME = ("name", ("田中 美咲",))
GROUPS = ("memberOf", (company.EMPLOYEES.id,))
ADDRESS = (
    "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/streetaddress",
    ("1-2-3 Example\r\nChiyoda-ku",),
)
TITLE = ("title", ("Engineer\tLevel 2",))
PHOTO = ("thumbnailPhoto", ("/9j/4AAQ" * 375,))
# Keycloak's default: an element for each value
ROLES = tuple(("Role", (role,)) for role in ("offline_access", "uma_authorization", "default-roles-example"))
GROUPS_LINK = "http://schemas.microsoft.com/claims/groups.link"


def sign_in(browser: Browser, *attributes: Attribute) -> None:
    browser.sign_in(browser.answer(attributes=attributes))


def refusals() -> Iterable[str]:
    return list(AuditEvent.objects.filter(tag="sign-in:failed").values_list("details__reason", flat=True))


@pytest.mark.parametrize(
    "unread",
    [
        (ADDRESS,),
        (TITLE,),
        (PHOTO,),
        (ADDRESS, TITLE, PHOTO),
        ROLES,
        (("dept", ("Sales\u00ad",)),),
        (("note", ("\u202etxt", "\u009b31m", "\ue000")),),
        (("Email", ("other@example.co.jp",)),),
        (("", ("no name",)), ("", ("twice",))),
        (("a" * 5000, ("x",)), ("\u202e", ("x",))),
        (("userCertificate", ("MII" * 20_000,)),),
        tuple((f"attribute {number}", ("x",)) for number in range(500)),
    ],
)
def test_an_attribute_that_nobody_reads_keeps_nobody_out(
    browser: Browser, unread: tuple[Attribute, ...]
) -> None:
    sign_in(browser, *unread, EMAIL, NAME, GROUPS, *unread[:1])
    assert (browser.signed_in, refusals()) == (True, [])
    user = User.objects.get()
    assert (user.username, user.name, user.roles) == ("m.tanaka@example.co.jp", "田中 美咲", ["employee"])


def test_an_attribute_counts_where_it_is_configured(browser: Browser, settings: Settings) -> None:
    settings.SAML_ATTRIBUTE_GROUPS = "Role"
    sign_in(browser, EMAIL, NAME, *ROLES)
    assert (reason(), browser.signed_in) == ("attribute_twice", False)


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("علی\u200cرضا محمدی", "علی\u200cرضا محمدی"),
        ("Kim 🏳️\u200d⚧️", "Kim 🏳️\u200d⚧️"),
        ("Hans Müller\u00adLüdenscheidt", "Hans MüllerLüdenscheidt"),
        ("Tanaka\u200e", "Tanaka"),
        ("\ufeffTanaka", "Tanaka"),
        ("\u061cمحمد", "محمد"),
        ("葛\U000e0100城", "葛\U000e0100城"),
        ("髙\ue001橋", "髙\ue001橋"),
        ("क्‍ष", "क्‍ष"),
        ("สมชาย ใจดี", "สมชาย ใจดี"),
        ("👨\u200d👩\u200d👧", "👨\u200d👩\u200d👧"),
        ("𠮷田 太郎", "𠮷田 太郎"),
        ("Zoë\u2060 O\u2019Brien", "Zoë O\u2019Brien"),
        ("🏴\U000e0067\U000e0062\U000e007f", "🏴"),
        ("\u200b\u200d", ""),
    ],
)
def test_names_of_every_script_get_in(browser: Browser, sent: str, shown: str) -> None:
    sign_in(browser, EMAIL, ("name", (sent,)), GROUPS)
    assert (browser.signed_in, refusals()) == (True, [])
    assert User.objects.get().name == shown
    assert browser.client.get("/").status_code == 200


def test_a_person_is_found_by_a_name_with_characters_that_cannot_be_seen(browser: Browser) -> None:
    sign_in(browser, EMAIL, ("name", ("Hans Müller\u00adLüdenscheidt",)), GROUPS)
    assert User.objects.filter(searched_names__contains="müllerlüdenscheidt").exists()


def test_the_first_value_of_an_email_address_counts(browser: Browser) -> None:
    sign_in(browser, ("email", ("first@example.co.jp", "second@example.co.jp")), NAME, GROUPS)
    assert User.objects.get().email == "first@example.co.jp"


def test_a_group_with_joiners_in_its_name_is_compared_as_it_is(browser: Browser, settings: Settings) -> None:
    settings.ROLE_GROUPS = settings.ROLE_GROUPS | {"admin": frozenset({"گروه\u200cها"})}
    sign_in(browser, EMAIL, ("memberOf", ("گروهها", company.EMPLOYEES.id)))
    assert User.objects.get().roles == ["employee"]
    sign_in(browser, EMAIL, ("memberOf", ("گروه\u200cها",)))
    assert User.objects.get().roles == ["admin"]


def test_a_link_instead_of_groups_is_named_in_the_record_and_in_the_log(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    link = (GROUPS_LINK, ("https://graph.windows.net/TENANT/users/USER/getMemberObjects",))
    sign_in(browser, EMAIL, NAME, link)
    event = AuditEvent.objects.get(tag="sign-in:no-entry")
    assert not browser.signed_in
    assert event.details == {
        "groups": [],
        "groups_link": GROUPS_LINK,
        "attributes": ["email", "name", GROUPS_LINK],
    }
    assert GROUPS_LINK in caplog.text


@pytest.mark.parametrize("mark", [",", ";", ", ", "; "])
def test_groups_that_came_joined_are_named_in_the_record_and_in_the_log(
    browser: Browser, caplog: pytest.LogCaptureFixture, mark: str
) -> None:
    joined = mark.join([company.EMPLOYEES.id, company.ADMINS.id])
    sign_in(browser, EMAIL, NAME, ("memberOf", (joined,)))
    event = AuditEvent.objects.get(tag="sign-in:no-entry")
    assert event.details == {"groups": [joined], "groups_joined": [joined]}
    assert joined in caplog.text


def test_joined_groups_of_somebody_who_gets_in_are_recorded_too(browser: Browser) -> None:
    sign_in(browser, EMAIL, ("memberOf", (company.EMPLOYEES.id, "x;y")))
    event = AuditEvent.objects.get(tag="sign-in:succeeded")
    assert event.details["groups_joined"] == ["x;y"]


DN = "CN=VPN Users,OU=Groups,DC=corp,DC=example"


def test_a_distinguished_name_is_one_group(browser: Browser, settings: Settings) -> None:
    settings.ROLE_GROUPS = settings.ROLE_GROUPS | {"employee": frozenset({DN})}
    sign_in(browser, EMAIL, ("memberOf", (DN, "CN=Others,OU=Groups,DC=corp,DC=example")))
    assert User.objects.get().roles == ["employee"]
    assert "groups_joined" not in AuditEvent.objects.get(tag="sign-in:succeeded").details
    other = Browser(browser.key)
    other.sign_in(other.answer(name_id="x@example.co.jp", attributes=(("memberOf", ("OU=Groups",)),)))
    assert not other.signed_in


def test_what_was_sent_is_recorded_of_somebody_without_groups(browser: Browser) -> None:
    sign_in(browser, EMAIL, ("groups", (company.EMPLOYEES.id,)))
    event = AuditEvent.objects.get(tag="sign-in:no-entry")
    assert event.details == {"groups": [], "attributes": ["email", "groups"]}
