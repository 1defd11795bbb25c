"""Finds the user of a session. Nobody is authenticated by credentials: SAML and break-glass sign people in."""

from typing import Any, Final

from django.contrib.auth.backends import BaseBackend
from django.db import connection
from django.http import HttpRequest

from portal.access.models import User

# In the model's order, which from_db() wants; what the database makes of others is for searches.
COLUMNS: Final = tuple(field.attname for field in User._meta.concrete_fields if not field.generated)
READ: Final = f"SELECT {', '.join(COLUMNS)} FROM access_user WHERE id = %s AND is_active"  # noqa: S608


class SingleSignOnBackend(BaseBackend):
    def authenticate(self, request: HttpRequest | None, **credentials: Any) -> None:
        return None

    def get_user(self, user_id: int) -> User | None:
        """Asked with every request: one plain statement."""
        with connection.cursor() as cursor:
            cursor.execute(READ, [user_id])
            row = cursor.fetchone()
        return User.from_db(connection.alias, COLUMNS, row) if row else None
