"""Somebody's script."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portal.access.models import ApiToken, User
from portal.access.permissions import Permission
from portal.access.tokens.queries import digest
from portal.access.tokens.scopes import grantable

Script = Callable[..., Any]


def token_of(user: User, *scopes: Permission) -> str:
    """A token of theirs; with all that they may give it unless scopes are named."""
    user.last_login = timezone.now()
    user.save(update_fields=["last_login"])
    secret = f"gk_{user.username}"
    ApiToken.objects.create(
        owner=user,
        name="script",
        token_hash=digest(secret),
        hint=secret[-4:],
        scopes=[scope.value for scope in scopes or grantable(user.permissions)],
        created_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=30),
    )
    return secret


@pytest.fixture
def script(takahashi: User) -> Script:
    """``script("/api/endpoints/")``: an administrator's script asks."""
    secret = token_of(takahashi)

    def ask(url: str, **options: Any) -> Any:
        return Client().get(url, headers={"authorization": f"Bearer {secret}"}, **options)

    return ask
