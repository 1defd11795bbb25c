"""In which language a person reads the portal, for what is said to them outside of it."""

from collections.abc import Iterable

from django.db.models.functions import Lower

from portal.access.models import User


def remember_language(user: User, code: str) -> None:
    """``code``: one of LANGUAGES."""
    User.objects.filter(pk=user.pk).exclude(language=code).update(language=code)


def languages_by_username(usernames: Iterable[str]) -> dict[str, str]:
    """By lower-case user name; whose language isn't known is missing."""
    wanted = {username.strip().lower() for username in usernames}
    users = User.objects.alias(lower=Lower("username")).filter(lower__in=wanted).exclude(language="")
    return {user.username.lower(): user.language for user in users}
