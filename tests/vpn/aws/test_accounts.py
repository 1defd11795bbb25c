"""VPN_ACCOUNTS is read strictly: a wrong entry says what to write."""

from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from vpn.aws.accounts import Account, accounts_from

ROLE = "arn:aws:iam::210987654321:role/genkan-portal"


def test_no_entry_means_the_default_credentials_own_account() -> None:
    assert accounts_from([], default_region="ap-northeast-1") == [Account("ap-northeast-1", "ap-northeast-1")]


def test_an_entry_without_a_region_is_in_the_default_one() -> None:
    accounts = accounts_from([{"name": "tokyo"}], default_region="ap-northeast-1")
    assert accounts == [Account("tokyo", "ap-northeast-1")]


def test_an_entry_may_name_a_role_and_its_external_id() -> None:
    entry = {"name": "osaka", "region": "ap-northeast-3", "role_arn": ROLE, "external_id": "genkan"}
    accounts = accounts_from([entry], default_region="ap-northeast-1")
    assert accounts == [Account("osaka", "ap-northeast-3", ROLE, "genkan")]


def test_an_entry_may_name_another_role_for_changes() -> None:
    entry = {"name": "osaka", "operate_role_arn": f"{ROLE}-operate", "external_id": "genkan"}
    (account,) = accounts_from([entry], default_region="ap-northeast-1")
    assert (account.role_arn, account.operate_role_arn) == ("", f"{ROLE}-operate")


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        (["tokyo"], "each entry must look like"),
        ([{"name": 1}], "each entry must look like"),
        ([{"region": "ap-northeast-1"}], "no name"),
        ([{"name": "a", "role": ROLE}], "role"),
        ([{"name": "a"}, {"name": "a", "region": "us-east-1"}], "a name of its own"),
        ([{"name": "a"}, {"name": "b"}], "the same role_arn and region"),
        ([{"name": "a", "external_id": "genkan"}], "no role_arn"),
    ],
)
def test_it_refuses_an_entry_that_means_nothing(entries: list[Any], says: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=says):
        accounts_from(entries, default_region="ap-northeast-1")
