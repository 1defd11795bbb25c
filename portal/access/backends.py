"""Finds the user of a session. Nobody is authenticated by credentials: SAML and break-glass sign people in."""

from typing import Any

from django.contrib.auth.backends import ModelBackend
from django.http import HttpRequest


class SingleSignOnBackend(ModelBackend):
    """Django's own look-up of a session's user, who must be active; without its passwords, which users don't have."""

    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:  # type: ignore[override]
        return None
