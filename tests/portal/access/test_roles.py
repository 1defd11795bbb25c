"""From groups to roles to permissions."""

from portal.access.permissions import GRANTS, Permission, Role, permissions_for
from portal.access.roles import roles_for

GROUPS = {
    "employee": frozenset({"staff"}),
    "helpdesk": frozenset({"desk"}),
    "auditor": frozenset(),
    "admin": frozenset({"ops", "root"}),
}


def test_each_group_gives_its_role() -> None:
    assert roles_for(["staff", "root", "else"], role_groups=GROUPS) == ["employee", "admin"]


def test_no_group_gives_nothing() -> None:
    assert roles_for([], role_groups=GROUPS) == []


def test_a_star_is_everyone() -> None:
    assert roles_for([], role_groups=GROUPS | {"employee": frozenset({"*"})}) == ["employee"]


def test_group_ids_are_compared_as_they_are() -> None:
    assert roles_for(["STAFF", "staff "], role_groups=GROUPS) == []


def test_an_administrator_may_do_everything_that_there_is() -> None:
    assert GRANTS[Role.ADMIN] == frozenset(Permission)


def test_helpdesk_does_not_read_the_audit_record_and_auditors_no_endpoints() -> None:
    assert Permission.AUDIT_READ not in GRANTS[Role.HELPDESK]
    assert Permission.ENDPOINT_READ not in GRANTS[Role.AUDITOR]


def test_a_role_of_an_older_version_may_do_nothing() -> None:
    assert permissions_for(["owner"]) == frozenset()
