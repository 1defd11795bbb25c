"""Whether there is such a person at all, and what they are called."""

from django.http import Http404

from portal.access.accounts import accounts_named, of_person
from portal.access.models import User
from vpn.connection_log.search.people import people_named
from vpn.directory.queries import directory_address, is_in_a_directory, names_by_username
from vpn.endpoints.models import LiveConnection
from vpn.notifications.services import is_mail_address


def known_person(username: str) -> tuple[str, User | None]:
    """The name as the portal has it, and the account if there is one. Raises Http404 for whom nobody knows."""
    # PostgreSQL refuses it in any text, and nobody is called so.
    if "\0" in username:
        raise Http404
    account = accounts_named([username]).get(username)
    if account is None and not is_known(username):
        raise Http404
    return (account.username if account else username), account


def is_known(username: str) -> bool:
    """Whom neither the directory, nor the log, nor AWS has ever named is nobody, whatever a URL says."""
    return (
        bool(people_named(username))
        or is_in_a_directory(username)
        or LiveConnection.objects.filter(of_person(username)).exists()
    )


def person_address(account: User | None, username: str) -> str:
    """The e-mail address that the identity provider or the directory gave; empty where neither did."""
    if account is not None and is_mail_address(account.email):
        return account.email
    address = directory_address(username)
    return address if is_mail_address(address) else ""


def person_name(account: User | None, username: str) -> str:
    """As the portal knows it, else the directory; the user name where nobody knows another."""
    if account is not None and account.name:
        return account.name
    return names_by_username([username]).get(username, username)
