"""The directory of IAM Identity Center: names of groups, and who and what is no longer in it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone
from django.utils.translation import override
from pytest_django import Settings

from portal.access.models import User
from sandbox import company
from sandbox.aws.control import Control
from sandbox.aws.seed import Architecture
from tests.conftest import SignedIn
from tests.vpn.connection_log.log_lines import ENDPOINT, keep, started
from tests.vpn.endpoints_in_database import rule, save_endpoint
from vpn.connection_summary.services import recount
from vpn.directory import tasks
from vpn.directory.models import Directory, DirectoryGroup, DirectoryUser
from vpn.directory.queries import group_names, known_usernames, names_by_username
from vpn.findings import group_gone, left_directory

pytestmark = pytest.mark.django_db
ENGINEERING = company.ENGINEERING


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Names with their ids in brackets: Japanese has its own brackets."""
    with override("en"):
        yield


def read_directory() -> None:
    """Now, due or not."""
    Directory.objects.update(attempted_at=None)
    tasks.read_directory()


@pytest.fixture
def directory(control: Control, settings: Settings) -> Control:
    settings.IDENTITY_STORE = {"id": company.IDENTITY_STORE_ID, "region": company.TOKYO.region}
    control.set_directory()
    return control


def test_names_come_from_the_directory_and_from_the_list_which_wins(
    directory: Control, settings: Settings
) -> None:
    settings.GROUP_NAMES = {company.EMPLOYEES.id: "全社員"}
    read_directory()
    names = group_names()
    assert names.label(ENGINEERING.id) == f"engineering ({ENGINEERING.id})"
    assert names.label(company.EMPLOYEES.id) == f"全社員 ({company.EMPLOYEES.id})"
    assert names.label("S-1-5-21") == "S-1-5-21"
    assert names_by_username(["M.Tanaka@example.co.jp"]) == {"m.tanaka@example.co.jp": "田中 美咲"}


def test_more_groups_and_people_than_a_page_holds_are_all_read(directory: Control) -> None:
    groups = [company.AccessGroup(f"g-{number}", f"group {number}") for number in range(230)]
    directory.set_directory(groups, [(f"p{number}@example.co.jp", "") for number in range(230)])
    read_directory()
    assert (DirectoryGroup.objects.count(), DirectoryUser.objects.count()) == (230, 230)


def test_a_group_that_was_deleted_keeps_its_name_and_its_rules_are_found(
    directory: Control, synced: Architecture
) -> None:
    read_directory()
    assert group_gone.detect(timezone.now()) == []
    directory.set_directory([group for group in company.GROUPS if group != ENGINEERING])
    read_directory()
    detected = group_gone.detect(timezone.now())
    assert detected is not None
    assert {item.subject for item in detected} == {ENGINEERING.id}
    assert group_names().label(ENGINEERING.id) == f"engineering ({ENGINEERING.id})"


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_directory_that_could_not_be_read_says_of_nobody_that_they_are_gone(
    directory: Control, code: str
) -> None:
    read_directory()
    directory.set_directory([], [])
    directory.fail("ListUsers", code)
    read_directory()
    assert Directory.objects.get().error_id
    assert DirectoryGroup.objects.filter(vanished_at=None).count() == len(company.GROUPS)
    assert (group_gone.detect(timezone.now()), left_directory.detect(timezone.now())) == (None, None)


@pytest.mark.parametrize("switch", ["old", "off", "not configured"])
def test_without_a_current_directory_nothing_is_found(
    directory: Control, settings: Settings, switch: str
) -> None:
    directory.set_directory([], [])
    read_directory()
    save_endpoint(authorization_rules=[rule("10.0.0.0/8", group="gone")])
    later = timezone.now()
    if switch == "old":
        later += timedelta(hours=7)
    elif switch == "off":
        settings.VPN_SOURCES = []
    else:
        settings.IDENTITY_STORE = {}
    assert group_gone.detect(later) is None
    assert left_directory.detect(later) is None


def test_who_connects_and_is_not_in_the_directory_is_found_whatever_the_case_of_the_name(
    directory: Control,
) -> None:
    read_directory()
    save_endpoint(endpoint_id=ENDPOINT)
    with time_machine.travel("2026-11-20T12:00:00Z", tick=False):
        read_directory()
        keep([started(1, username="M.Tanaka@Example.co.jp"), started(2, username="left@example.co.jp")])
        recount()
        detected = left_directory.detect(timezone.now())
    assert detected is not None
    assert [item.subject for item in detected] == ["left@example.co.jp"]


def test_people_whose_user_names_differ_in_case_only_are_told_apart(directory: Control) -> None:
    read_directory()
    store = Directory.objects.get()
    for number, (username, name) in enumerate(
        [("u-ABC", "鈴木 一郎"), ("u-abc", "高橋 花子"), ("CORP\\hara", "原 優")]
    ):
        DirectoryUser.objects.create(directory=store, user_id=f"u-{number}", username=username, name=name)
    names = names_by_username(["u-ABC", "u-abc", "U-abc", "CORP\\Hara"])
    assert [names.get(name) for name in ("u-ABC", "u-abc", "U-abc")] == ["鈴木 一郎", "高橋 花子", None]
    assert names["CORP\\Hara"] == "原 優"
    assert known_usernames(store, ["u-ABC", "U-abc", "CORP\\Hara"]) == {"u-ABC", "CORP\\Hara"}


def test_an_endpoints_page_has_the_names_of_groups(
    directory: Control, synced: Architecture, takahashi: User, signed_in: SignedIn
) -> None:
    read_directory()
    page = signed_in(takahashi).get(f"/endpoints/{synced.tokyo.endpoint_id}/?tab=rules").content.decode()
    assert f"engineering ({ENGINEERING.id})" in page
