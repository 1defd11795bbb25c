"""People are typed as people know them; the operation acts on the account that is meant, and on nobody by guessing."""

import re
from html import unescape

import pytest
from django.test import Client
from pytest_django import Settings

from portal.access.models import User
from portal.audit.models import AuditEvent
from tests.conftest import SignedIn
from tests.vpn.api.conftest import token_of
from tests.vpn.endpoints_in_database import save_connection, save_endpoint
from tests.vpn.operations.asking import Ask, plan
from vpn.operation_kinds import get_kind
from vpn.operations.models import Operation

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("tanaka")]

MISAKI, TARO = "m.tanaka@example.co.jp", "t.tanaka@example.co.jp"
KINDS = ("block-person", "unblock-person", "terminate-person")


@pytest.fixture
def taro(db: None) -> User:
    return User.objects.create(username=TARO, email=TARO, name="田中 太郎", roles=["employee"])


@pytest.fixture
def admin(takahashi: User, signed_in: SignedIn) -> Client:
    return signed_in(takahashi)


def send(client: Client, kind: str = "block-person", **data: str) -> str:
    answer = client.post(f"/operations/new/{kind}/", {"stage": "plan", **data})
    assert answer.status_code == 200
    return answer.content.decode()


def text_of(page: str) -> str:
    return unescape(page)


def confirm(client: Client, page: str, kind: str = "block-person", **data: str) -> Operation:
    """Press the button of the plan's page, which sends its hidden fields again."""
    fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)"', page))
    sent = {name: unescape(value) for name, value in fields.items()}
    client.post(f"/operations/new/{kind}/", {**sent, "stage": "run", "reason": "left", **data})
    return Operation.objects.get()


@pytest.mark.parametrize("kind", KINDS)
def test_a_display_name_becomes_the_account_and_the_words_are_kept(
    kind: str, admin: Client, tanaka: User
) -> None:
    page = send(admin, kind, usernames=tanaka.name)
    assert "Who is meant" in page
    assert f"{tanaka.name} ({MISAKI}), typed as “{tanaka.name}”" in text_of(page)
    parameters = confirm(admin, page, kind, typed_name=MISAKI).parameters
    assert parameters["usernames"] == [MISAKI]
    assert parameters["typed"] == {MISAKI: tanaka.name}
    event = AuditEvent.objects.get(tag="operation:requested")
    assert event.details["parameters"]["typed"] == {MISAKI: tanaka.name}


@pytest.mark.parametrize("kind", KINDS)
def test_a_known_username_is_taken_as_it_always_was(kind: str, tanaka: User) -> None:
    draft = plan(kind, None, usernames=MISAKI)
    assert draft.parameters == {"usernames": [MISAKI], **({"hours": 0} if kind == "block-person" else {})}


@pytest.mark.parametrize("kind", KINDS)
def test_an_unknown_name_stops_unless_it_is_ticked(kind: str, admin: Client) -> None:
    page = text_of(send(admin, kind, usernames="m.tanka@example.co.jp"))
    assert "The portal doesn't know “m.tanka@example.co.jp”" in page
    assert 'type="checkbox" name="accept_unknown"' in page
    page = send(admin, kind, usernames="m.tanka@example.co.jp", accept_unknown="on")
    text = text_of(page)
    assert text.index("The portal doesn't know “m.tanka@example.co.jp”") < text.index("What was checked")
    operation = confirm(admin, page, kind, typed_name="m.tanka@example.co.jp")
    assert operation.parameters["usernames"] == ["m.tanka@example.co.jp"]
    assert operation.parameters["unknown"] == ["m.tanka@example.co.jp"]


def test_nobody_is_offered_the_tick_beforehand(admin: Client) -> None:
    page = admin.get("/operations/new/block-person/").content.decode()
    assert 'type="checkbox"' not in page


def test_a_name_of_several_people_is_asked_about_and_chosen(admin: Client, taro: User, tanaka: User) -> None:
    tanaka.name = "田中 美咲"
    tanaka.save(update_fields=["name"])
    page = text_of(send(admin, usernames="田中"))
    assert "Who is “田中”?" in page
    assert f'<option value="{TARO}">田中 太郎 ({TARO})</option>' in page
    page = send(admin, usernames="田中", choice_1=TARO)
    assert f"田中 太郎 ({TARO}), typed as “田中 <{TARO}>”" in text_of(page)
    assert confirm(admin, page, typed_name=TARO).parameters["usernames"] == [TARO]


def test_a_choice_that_was_not_offered_is_none(admin: Client, taro: User) -> None:
    page = text_of(send(admin, usernames="tanaka", choice_1="s.takahashi@example.co.jp"))
    assert "Who is “tanaka”?" in page


def test_several_people_are_chosen_for_independently(admin: Client, taro: User, tanaka: User) -> None:
    page = text_of(send(admin, usernames="tanaka\nnobody\nm.tanaka", choice_1=TARO))
    assert "The portal doesn't know “nobody”" in page
    assert f"tanaka <{TARO}>\nnobody\nm.tanaka" in page
    page = text_of(send(admin, usernames=f"tanaka <{TARO}>\nm.tanaka, {TARO.upper()}"))
    assert page.count("tone-ok") >= 2
    draft = plan("block-person", None, usernames=f"tanaka <{TARO}>\nm.tanaka, {TARO.upper()}")
    assert draft.parameters["usernames"] == [TARO, MISAKI]


@pytest.mark.parametrize("between", [" ", "　", "  ", " / "])
def test_two_addresses_in_one_line_are_refused_in_words(between: str, admin: Client, taro: User) -> None:
    page = text_of(send(admin, usernames=f"{MISAKI}{between}{TARO}", accept_unknown="on"))
    assert "holds 2 addresses. Write one person a line." in page
    assert not Operation.objects.exists()


def test_people_separated_by_commas_are_several_people(taro: User) -> None:
    for separator in (",", ", ", "、", ";", "；"):
        draft = plan("block-person", None, usernames=f"{MISAKI}{separator}{TARO}")
        assert draft.parameters["usernames"] == [MISAKI, TARO]


def test_whom_aws_lists_as_connected_is_known(db: None) -> None:
    save_connection(save_endpoint(), "New.Comer@example.co.jp")
    draft = plan("terminate-person", None, usernames="new.comer@example.co.jp")
    assert draft.parameters["usernames"] == ["New.Comer@example.co.jp"]


def test_who_was_blocked_by_an_unknown_name_is_let_in_without_a_tick(ask: Ask) -> None:
    save_endpoint()
    operation = ask("block-person", None, usernames="guest-17", accept_unknown="on")
    undo = get_kind("block-person").undo(operation)
    assert undo is not None
    assert plan(undo.kind, None, **undo.data).parameters["usernames"] == ["guest-17"]
    assert plan("unblock-person", None, usernames="guest-17").parameters["unknown"] == ["guest-17"]


def test_a_script_gets_the_same_rule_in_its_own_fields(takahashi: User, tanaka: User) -> None:
    headers = {"authorization": f"Bearer {token_of(takahashi)}", "accept-language": "en"}

    def ask(path: str = "plan/", **parameters: object) -> tuple[int, dict[str, object]]:
        body = {"kind": "block-person", "parameters": parameters, "reason": "left", "typed_name": MISAKI}
        if path:
            body = {"kind": "block-person", "parameters": parameters}
        answer = Client().post(
            f"/api/operations/{path}", body, content_type="application/json", headers=headers
        )
        return answer.status_code, answer.json()

    status, answer = ask(usernames=["m.tanka"])
    assert status == 400
    assert "m.tanka" in str(answer["errors"])
    status, answer = ask(usernames=["m.tanka"], accept_unknown=True)
    assert (status, answer["name_to_type"]) == (200, "m.tanka")
    assert answer["people_meant"][0]["tone"] == "out"  # type: ignore[index]
    status, answer = ask("", usernames=MISAKI)
    assert status == 200
    assert Operation.objects.get().parameters["usernames"] == [MISAKI]


def test_people_whose_user_names_differ_in_case_only_are_acted_on_one_by_one(
    admin: Client, settings: Settings
) -> None:
    settings.VPN_DENY_LIST_TABLE = {"tokyo": "genkan-deny-list"}
    hara, sasaki = "aGFuYQ==", "AGFuYQ=="
    User.objects.create(username=hara, name="原 花", roles=["employee"])
    User.objects.create(username=sasaki, name="佐々木 蓮", roles=["employee"])
    endpoint = save_endpoint()
    for username in (hara, sasaki):
        save_connection(endpoint, username)
    draft = plan("terminate-person", None, usernames=hara)
    assert draft.plan is not None
    assert [person.name for person in draft.plan.disconnects] == ["原 花"]
    both = plan("terminate-person", None, usernames=f"{hara}\n{sasaki}")
    assert both.parameters["usernames"] == [hara, sasaki]
    assert both.plan is not None
    assert len(both.plan.people) == 2
    # The client connect handler folds case.
    page = text_of(send(admin, usernames=hara))
    assert f"it refuses {sasaki} too, who are other people." in page
    assert "too, who are other people" not in text_of(send(admin, usernames=f"{hara}\n{sasaki}"))


def test_who_was_blocked_is_let_in_again_by_the_address_in_another_case(ask: Ask, settings: Settings) -> None:
    settings.VPN_DENY_LIST_TABLE = {"tokyo": "former-list"}
    save_endpoint()
    ask("block-person", None, usernames="N.Ono@Example.co.jp", accept_unknown="on")
    settings.VPN_DENY_LIST_TABLE = {}
    draft = plan("unblock-person", None, usernames="n.ono@example.co.jp")
    assert draft.plan is not None
    assert draft.parameters["unknown"] == ["n.ono@example.co.jp"]
    assert draft.plan.before["lists"] == {"tokyo": "former-list"}
