"""Finds the user of a session. Nobody is authenticated by credentials: SAML and break-glass sign people in."""

from typing import Any

from django.contrib.auth.backends import BaseBackend
from django.http import HttpRequest

from portal.access.models import User


class SingleSignOnBackend(BaseBackend):
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        return None

    def get_user(self, user_id: int) -> User | None:
        return User.objects.filter(pk=user_id, is_active=True).first()
