"""AWS's own evaluation of authorization rules (administrator guide, "Authorization rules", "Troubleshooting")."""

from ipaddress import ip_address

import pytest

from vpn.aws.snapshots import AuthorizationRule
from vpn.endpoints.authorization import reaches, rules_for


def rule(destination: str, group: str = "", status: str = "active") -> AuthorizationRule:
    return AuthorizationRule(destination, group, access_all=not group, description="", status=status)


INTERNET = rule("0.0.0.0/0", "employees")
OFFICE = rule("172.16.0.0/16", "engineering")


def test_without_rules_nobody_is_let_in() -> None:
    assert rules_for([], groups=["employees"]) == []
    assert not reaches([], ip_address("192.0.2.1"), groups=["employees"])


def test_a_group_s_rule_is_for_its_members() -> None:
    assert rules_for([INTERNET, OFFICE], groups=["employees"]) == [INTERNET]
    assert rules_for([INTERNET, OFFICE], groups=["employees", "engineering"]) == [INTERNET, OFFICE]
    assert rules_for([INTERNET, OFFICE], groups=["Employees", ""]) == []


def test_everyone_s_rule_is_for_people_without_groups_too() -> None:
    everyone = rule("10.0.0.0/16")
    assert rules_for([everyone, INTERNET], groups=[]) == [everyone]
    assert reaches([everyone], ip_address("10.0.3.4"), groups=[])


@pytest.mark.parametrize("status", ["authorizing", "failed", "revoking"])
def test_a_rule_counts_only_while_it_is_active(status: str) -> None:
    pending = rule("0.0.0.0/0", "employees", status=status)
    assert rules_for([pending], groups=["employees"]) == []
    assert not reaches([pending], ip_address("192.0.2.1"), groups=["employees"])


def test_the_longest_prefix_decides_and_shuts_out_who_is_not_in_its_group() -> None:
    rules = [INTERNET, OFFICE]
    assert reaches(rules, ip_address("172.16.3.4"), groups=["engineering"])
    assert not reaches(rules, ip_address("172.16.3.4"), groups=["employees"])
    assert reaches(rules, ip_address("203.0.113.99"), groups=["employees"])


def test_everywhere_is_tried_last() -> None:
    rules = [rule("0.0.0.0/0"), rule("128.0.0.0/1", "engineering")]
    assert not reaches(rules, ip_address("172.16.3.4"), groups=["employees"])
    assert reaches(rules, ip_address("10.0.0.1"), groups=["employees"])


def test_of_several_rules_of_one_destination_any_may_let_in() -> None:
    rules = [OFFICE, rule("172.16.0.0/16", "sales")]
    assert reaches(rules, ip_address("172.16.0.1"), groups=["sales"])
    assert reaches(rules, ip_address("172.16.0.1"), groups=["engineering"])
    assert not reaches(rules, ip_address("172.16.0.1"), groups=["employees"])


def test_a_rule_that_only_waits_shuts_nobody_out() -> None:
    rules = [INTERNET, rule("172.16.0.0/16", "engineering", status="authorizing")]
    assert reaches(rules, ip_address("172.16.3.4"), groups=["employees"])


def test_ipv4_and_ipv6_rules_do_not_cover_each_other() -> None:
    assert not reaches([INTERNET], ip_address("2001:db8::1"), groups=["employees"])
    assert reaches([rule("2001:db8::/32", "employees")], ip_address("2001:db8::1"), groups=["employees"])


def test_a_destination_that_is_no_network_covers_nothing() -> None:
    assert not reaches([rule("pl-0a1b2c3d")], ip_address("10.0.0.1"), groups=["employees"])
