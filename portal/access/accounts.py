"""Accounts by the names that AWS and the connection log write: whose each is, and which of them are one person's."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping

from django.db.models.functions import Lower

from portal.access.models import User
from portal.access.names import account_key


class AccountsByName(Mapping[str, User]):
    """The accounts that names mean.

    A name that no account has is that of the only account that differs in case: Active Directory takes a user name in
    any case, and AWS writes down what was typed. Where two accounts differ in case, the identity provider tells them
    apart by it, and so does this.
    """

    def __init__(self, users: Iterable[User]) -> None:
        self._by_key: dict[str, User] = {}
        self._in_any_case: dict[str, list[User]] = defaultdict(list)
        for user in users:
            self._by_key[account_key(user.username)] = user
            self._in_any_case[user.username.lower()].append(user)

    def __getitem__(self, username: str) -> User:
        if user := self._by_key.get(account_key(username)):
            return user
        similar = self._in_any_case.get(username.lower(), [])
        if len(similar) != 1:
            raise KeyError(username)
        return similar[0]

    def __iter__(self) -> Iterator[str]:
        return (user.username for user in self._by_key.values())

    def __len__(self) -> int:
        return len(self._by_key)

    def person_key(self, username: str) -> str:
        """Equal for the names of one person, with or without an account."""
        user = self.get(username)
        return account_key(user.username if user else username)


def accounts_named(usernames: Iterable[str]) -> AccountsByName:
    lower = {username.lower() for username in usernames if username}
    if not lower:
        return AccountsByName(())
    return AccountsByName(User.objects.alias(lower=Lower("username")).filter(lower__in=lower))
