"""Expectations with what they need to be judged. A person has the groups of the last sign-in to the portal."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from portal.access.accounts import AccountsByName, accounts_named
from portal.addresses import parse_network
from vpn.directory.queries import GroupNames, group_names
from vpn.endpoints.models import Endpoint
from vpn.endpoints.queries import is_stale
from vpn.expectations.models import ReachExpectation
from vpn.reachability.rules.expectations import Expectation, is_met
from vpn.reachability.rules.paths import FEDERATED, endpoint_paths


@dataclass(frozen=True)
class JudgedExpectation:
    """``met`` None: it can't be told; ``stale``: the endpoint wasn't read lately."""

    row: ReachExpectation
    text: str
    met: bool | None
    stale: bool


def expectations_about(endpoint: Endpoint) -> list[Expectation]:
    """For a plan."""
    rows = list(ReachExpectation.objects.filter(endpoint=endpoint))
    return [expectation for _row, expectation in _readable(rows, endpoint)] if rows else []


def judge_all() -> list[JudgedExpectation]:
    """Against the last snapshot of each endpoint that AWS still has."""
    rows = list(
        ReachExpectation.objects.filter(endpoint__vanished_at=None).select_related("endpoint__account")
    )
    by_endpoint: dict[Endpoint, list[ReachExpectation]] = {}
    for row in rows:
        by_endpoint.setdefault(row.endpoint, []).append(row)
    return [
        JudgedExpectation(row, expectation.text, is_met(paths, expectation), is_stale(endpoint))
        for endpoint, its_rows in by_endpoint.items()
        if (paths := endpoint_paths(endpoint))
        for row, expectation in _readable(its_rows, endpoint)
    ]


def _readable(
    rows: Sequence[ReachExpectation], endpoint: Endpoint
) -> list[tuple[ReachExpectation, Expectation]]:
    names = group_names()
    accounts = accounts_named(row.username for row in rows)
    return [(row, expectation) for row in rows if (expectation := _read(row, endpoint, names, accounts))]


def _read(
    row: ReachExpectation, endpoint: Endpoint, names: GroupNames, accounts: AccountsByName
) -> Expectation | None:
    destination = parse_network(row.destination)
    if destination is None:
        return None
    return Expectation(
        text=expectation_text(row, names),
        groups=_groups(row, endpoint, accounts),
        destination=destination,
        allowed=row.allowed,
    )


def _groups(row: ReachExpectation, endpoint: Endpoint, accounts: AccountsByName) -> Collection[str] | None:
    if row.group_id:
        return [row.group_id]
    account = accounts.get(row.username)
    # Without a SAML sign-in to the endpoint, the groups of the sign-in to the portal say nothing there.
    return account.groups if account and FEDERATED in endpoint.authentication else None


def expectation_text(row: ReachExpectation, names: GroupNames) -> str:
    """In the current language."""
    who = names.label(row.group_id) if row.group_id else row.username
    text = _("%(who)s reaches %(destination)s") if row.allowed else _("%(who)s doesn't reach %(destination)s")
    return text % {"who": who, "destination": row.destination}
