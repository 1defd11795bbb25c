"""In which language a person reads the portal, for what is said to them outside of it."""

from collections.abc import Iterable

from portal.access.accounts import accounts_named
from portal.access.models import User


def remember_language(user: User, code: str) -> None:
    """``code``: one of LANGUAGES."""
    User.objects.filter(pk=user.pk).exclude(language=code).update(language=code)


def languages_by_username(usernames: Iterable[str]) -> dict[str, str]:
    """By these very names; whose language isn't known is missing."""
    wanted = set(usernames)
    accounts = accounts_named(wanted)
    return {
        username: user.language for username in wanted if (user := accounts.get(username)) and user.language
    }
