"""When two user names are one person: e-mail addresses in any case, everything else to the letter."""

import pytest
from django.db import IntegrityError, transaction

from portal.access.models import User
from portal.access.names import account_key, is_same_account

SAME = [
    ("m.tanaka@example.co.jp", "M.Tanaka@Example.CO.JP"),
    ("O'BRIEN@example.com", "o'brien@EXAMPLE.com"),
    ("José@example.com", "JoSé@example.com"),
]
DIFFERENT = [
    ("jhara", "JHARA"),
    ("CORP\\jhara", "CORP\\JHARA"),
    ("c2FtbA==", "C2FtbA=="),
    # Another letter whose small letter is ours: Kelvin sign, dotted capital I, long s
    ("k@example.com", "\u212a@example.com"),
    ("i@example.com", "\u0130@example.com"),
    ("s@example.com", "\u017f@example.com"),
    ("É@example.com", "é@example.com"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "other", "same"), [*((*pair, True) for pair in SAME), *((*pair, False) for pair in DIFFERENT)]
)
def test_the_database_and_the_code_agree_who_is_one_person(name: str, other: str, same: bool) -> None:
    assert is_same_account(name, other) is same
    user = User.objects.create(username=name)
    user.refresh_from_db()
    assert user.account_key == account_key(name)
    assert User.objects.named(other).exists() is same
    if same:
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.create(username=other)
    else:
        assert User.objects.create(username=other).pk != user.pk
