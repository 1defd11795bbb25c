"""Nothing that can happen is without words."""

import pytest
from django.utils.translation import override

from vpn.aws.errors import KINDS, AwsError
from vpn.endpoints.egress import EgressReason
from vpn.endpoints.reasons import ERRORS, REASONS


def test_every_reason_has_words() -> None:
    assert set(REASONS) == set(EgressReason)


def test_every_error_has_words() -> None:
    kinds: set[type[AwsError]] = {AwsError, *AwsError.__subclasses__()}
    assert {kind.id for kind in kinds} == set(ERRORS)
    assert set(KINDS.values()) <= kinds


@pytest.mark.parametrize("words", [*REASONS.values(), *ERRORS.values()])
def test_the_words_are_there_in_both_languages(words: str) -> None:
    with override("en"):
        english = str(words)
    with override("ja"):
        assert str(words) != english
