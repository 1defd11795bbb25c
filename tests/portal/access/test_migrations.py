"""What the migrations of accounts do with rows that they find."""

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

merging = import_module("portal.access.migrations.0002_merge_accounts_that_differ_in_case")


@pytest.fixture
def apps(db: None) -> Any:
    """All models as they are before the migration; the column that came later is gone until the test ends."""
    loader = MigrationLoader(connection)
    others = [leaf for leaf in loader.graph.leaf_nodes() if leaf[0] != "access"]
    state = loader.project_state([*others, ("access", "0001_initial")])
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE access_user DROP COLUMN account_key")
    return state.apps


def test_addresses_that_differ_in_case_become_the_account_that_signed_in_last(apps: Any) -> None:
    user, token = apps.get_model("access", "User"), apps.get_model("access", "ApiToken")
    onboarding, audit = apps.get_model("vpn", "Onboarding"), timezone.now()
    old = user.objects.create(username="M.Tanaka@example.co.jp", last_login=audit - timedelta(days=9))
    new = user.objects.create(username="m.tanaka@example.co.jp", last_login=audit, name="田中 美咲")
    never = user.objects.create(username="M.TANAKA@EXAMPLE.CO.JP")
    others = [user.objects.create(username=name) for name in ("abc", "ABC", "x@example.co.jp")]
    for number, owner in enumerate((old, never)):
        token.objects.create(
            owner=owner, token_hash=str(number), scopes=[], created_at=audit, expires_at=audit
        )
        onboarding.objects.create(user=owner)
    merging.merge_accounts(apps, None)
    kept = user.objects.get(username__icontains="tanaka")
    assert (kept.pk, kept.name, kept.is_active) == (new.pk, "田中 美咲", True)
    assert set(user.objects.values_list("pk", flat=True)) == {new.pk, *(other.pk for other in others)}
    assert token.objects.filter(owner=new.pk).count() == 2
    assert onboarding.objects.get().user_id == new.pk


def test_an_account_that_was_switched_off_stays_out(apps: Any) -> None:
    user = apps.get_model("access", "User")
    user.objects.create(username="A@example.co.jp", is_active=False)
    user.objects.create(username="a@example.co.jp", last_login=timezone.now())
    merging.merge_accounts(apps, None)
    assert [row.is_active for row in user.objects.all()] == [False]
