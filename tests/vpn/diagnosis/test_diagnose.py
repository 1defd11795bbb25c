"""The layers together: the first that fails is the cause, and what comes after it isn't tested."""

from pathlib import Path

import pytest

from portal.access.models import User
from tests.vpn.endpoints_in_database import save_endpoint
from vpn.diagnosis import layers
from vpn.diagnosis.base.facts import person_facts
from vpn.diagnosis.base.layer import LayerState
from vpn.diagnosis.causes import CauseId
from vpn.diagnosis.diagnose import diagnose


@pytest.mark.django_db
def test_whoever_is_in_no_allowed_group_is_told_so_in_both_languages(tanaka: User) -> None:
    save_endpoint()
    tanaka.groups = []
    tanaka.save()
    diagnosis = diagnose(person_facts(tanaka.username))
    assert diagnosis.cause is not None
    assert diagnosis.cause.id == "no-group"
    assert diagnosis.cause.tell("en").startswith("Your account")
    assert "アカウント" in diagnosis.cause.tell("ja")
    states = [result.state for result in diagnosis.results]
    assert states == [LayerState.UNKNOWN, LayerState.FAILS, *[LayerState.UNTESTED] * 8]


@pytest.mark.django_db
def test_of_somebody_unknown_nothing_is_claimed() -> None:
    save_endpoint()
    diagnosis = diagnose(person_facts("nobody@example.co.jp"))
    assert diagnosis.cause is None
    assert diagnosis.unknown


def test_every_cause_of_the_list_is_one_that_a_layer_names() -> None:
    sources = "".join(path.read_text() for path in Path(layers.__file__).parent.glob("*.py"))
    assert [cause for cause in CauseId if f'"{cause}"' not in sources] == [CauseId.ELSEWHERE]
