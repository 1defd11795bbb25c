"""No finding is without words, in both languages, and names that people chose are named as they are."""

from typing import Any

import pytest
from django.utils.translation import override

from vpn.operation_plans.consequence_texts import CONSEQUENCE_TEXTS
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Tone, join_names, join_people
from vpn.operation_plans.texts import (
    NOBODY_TEXTS,
    QUOTA_NAMES,
    UNCOUNTED_TEXTS,
    consequence_text,
)

VALUES: dict[str, Any] = {
    "count": 3,
    "network": "10.0.0.0/16",
    "names": "田中 美咲",
    "subnet": "subnet-a",
    "subnets": "subnet-a, subnet-c",
    "addresses": "203.0.113.10",
    "quota": "rules",
    "where": "subnet-a",
    "used": 4,
    "limit": 200,
    "before": "/vpn/tokyo",
    "amount": "109.50",
    "currency": "USD",
    "hours": "20",
    "price": "0.05",
    "association": "0.15",
    "connection": "0.05",
    "recent": 60,
    "everywhere": "0.0.0.0/0",
    "reason": "blackhole",
    "servers": "10.0.0.2",
    "group": "/vpn/tokyo",
    "after": "/vpn/osaka",
    "labels": "tokyo-main",
    "version": "6.2.0",
}


def test_every_finding_has_words() -> None:
    assert set(CONSEQUENCE_TEXTS) == set(ConsequenceId)


@pytest.mark.parametrize("what", list(ConsequenceId))
@pytest.mark.parametrize("count", [1, 3])
def test_the_words_are_there_in_both_languages(what: ConsequenceId, count: int) -> None:
    finding = Consequence(what, Tone.INFO, VALUES | {"count": count})
    with override("en"):
        english = consequence_text(finding)
    with override("ja"):
        japanese = consequence_text(finding)
    assert english != japanese
    assert "%(" not in english + japanese


@pytest.mark.parametrize("what", list(NOBODY_TEXTS))
def test_nobody_is_said_in_words_and_not_by_a_zero(what: ConsequenceId) -> None:
    finding = Consequence(what, Tone.INFO, VALUES | {"count": 0})
    with override("en"):
        assert "Nobody has connected within 30 days." in consequence_text(finding)
    with override("ja"):
        assert "0" not in consequence_text(finding).replace("30", "")


@pytest.mark.parametrize("what", list(UNCOUNTED_TEXTS))
def test_an_unknown_number_of_people_is_not_said_to_be_none(what: ConsequenceId) -> None:
    finding = Consequence(what, Tone.OUT, VALUES | {"count": None})
    with override("en"):
        assert "isn't known" in consequence_text(finding)
    with override("ja"):
        assert "分かりません" in consequence_text(finding)


def test_large_numbers_are_separated() -> None:
    limited = Consequence(ConsequenceId.CONNECTIONS_LIMITED, Tone.INFO, {"limit": 36_500, "before": 7_000})
    stopped = Consequence(ConsequenceId.ACCESS_STOPS, Tone.OUT, {"count": 12_345})
    with override("ja"):
        assert "7,000件" in consequence_text(limited)
        assert "36,500件" in consequence_text(limited)
        assert "12,345名" in consequence_text(stopped)


@pytest.mark.parametrize("quota", list(QUOTA_NAMES))
def test_every_quota_is_called_something(quota: str) -> None:
    with override("en"):
        text = consequence_text(Consequence(ConsequenceId.QUOTA_LEFT, Tone.OK, VALUES | {"quota": quota}))
    assert "4 of 200" in text


def test_a_name_with_a_percent_sign_is_only_a_name() -> None:
    with override("en"):
        text = consequence_text(
            Consequence(ConsequenceId.ACCESS_LOST, Tone.OUT, VALUES | {"names": "100%(count)d %s"})
        )
    assert text.endswith("100%(count)d %s.")


def test_many_names_are_counted() -> None:
    names = [f"P{number}" for number in range(10)]
    with override("en"):
        assert join_names(names, most=3) == "P0, P1, P2 and 7 more"
        assert join_names(names[:3], most=3) == join_people(names[:3], most=3) == "P0, P1, P2"
        assert join_people(names[:4], most=3) == "P0, P1, P2 and 1 other person"
    with override("ja"):
        assert join_names(names, most=3) == "P0、P1、P2ほか7件"
        assert join_people(names, most=3) == "P0、P1、P2ほか7名"
