"""Who gains and who loses access, as AWS evaluates rules: the longest prefix decides, 0.0.0.0/0 comes last."""

from dataclasses import replace
from ipaddress import ip_address, ip_network
from itertools import product
from random import Random

import pytest

from sandbox.company import EMPLOYEES, ENGINEERING, HELPDESK, OFFICE_LAN, TOKYO
from tests.vpn.operation_plans.configurations import (
    EVERYWHERE,
    LIAM,
    MISAKI,
    NOBODY,
    PEOPLE,
    TOKYO_STATE,
    changed,
    ids,
    rule,
)
from vpn.endpoints.authorization import reaches
from vpn.operation_plans.access import AccessPerson, access_changes, access_consequences
from vpn.operation_plans.configuration import EndpointConfiguration, with_rule, without_rule
from vpn.operation_plans.consequences import ConsequenceId


def changes(
    after: EndpointConfiguration, before: EndpointConfiguration = TOKYO_STATE
) -> dict[str, tuple[set[str], set[str]]]:
    """By network: who gains, and who loses."""
    return {
        access_change.network: ({p.name for p in access_change.gained}, {p.name for p in access_change.lost})
        for access_change in access_changes(before.rules, after.rules, PEOPLE)
    }


def test_a_rule_for_a_new_network_lets_its_group_in() -> None:
    narrow = EndpointConfiguration(rules=(rule("10.0.0.0/16"),))
    after = with_rule(narrow, destination_cidr="192.168.0.0/24", group_id=ENGINEERING.id)
    assert changes(after, narrow) == {"192.168.0.0/24": ({LIAM.name}, set())}


def test_a_narrower_rule_shuts_out_those_who_had_the_wide_one() -> None:
    """Admin guide, troubleshooting: whoever has only 0.0.0.0/0 is blocked by a rule for another group."""
    after = with_rule(TOKYO_STATE, destination_cidr="198.51.100.0/24", group_id=ENGINEERING.id)
    assert changes(after) == {"198.51.100.0/24": (set(), {MISAKI.name})}
    (shadowed, _note) = access_consequences(TOKYO_STATE, after, PEOPLE)
    assert shadowed.id == ConsequenceId.ACCESS_SHADOWED
    assert shadowed.people == (MISAKI.username,)


def test_a_second_rule_for_the_same_network_shuts_nobody_out() -> None:
    after = with_rule(TOKYO_STATE, destination_cidr=OFFICE_LAN, group_id=EMPLOYEES.id)
    assert changes(after) == {OFFICE_LAN: ({MISAKI.name}, set())}


def test_taking_a_narrow_rule_away_gives_the_wide_one_s_people_access() -> None:
    after = without_rule(TOKYO_STATE, OFFICE_LAN, ENGINEERING.id)
    assert changes(after) == {OFFICE_LAN: ({MISAKI.name}, set())}


def test_taking_the_widest_rule_away_leaves_the_narrow_ones() -> None:
    after = without_rule(TOKYO_STATE, EVERYWHERE, EMPLOYEES.id)
    (change,) = access_changes(TOKYO_STATE.rules, after.rules, PEOPLE)
    assert change.network == EVERYWHERE
    assert set(change.excluded) == {TOKYO.vpc_cidr, OFFICE_LAN}
    assert {person.name for person in change.lost} == {MISAKI.name, LIAM.name}
    assert ids(access_consequences(TOKYO_STATE, after, PEOPLE))[0] == ConsequenceId.ACCESS_LOST


def test_a_rule_for_everyone_lets_people_without_any_group_in() -> None:
    after = with_rule(TOKYO_STATE, destination_cidr=OFFICE_LAN, group_id="")
    assert changes(after) == {OFFICE_LAN: ({MISAKI.name, NOBODY.name}, set())}


def test_a_rule_beside_one_that_lets_the_same_people_in_changes_nothing() -> None:
    after = with_rule(TOKYO_STATE, destination_cidr="10.0.9.0/24", group_id="")
    assert changes(after) == {}
    assert ids(access_consequences(TOKYO_STATE, after, PEOPLE)) == [
        ConsequenceId.ACCESS_UNCHANGED,
        ConsequenceId.ACCESS_BY_LAST_SIGN_IN,
    ]


def test_a_network_that_narrower_rules_divide_up_is_not_counted_itself() -> None:
    halves = EndpointConfiguration(
        rules=(rule("10.0.0.0/9", EMPLOYEES.id), rule("10.128.0.0/9", EMPLOYEES.id))
    )
    after = with_rule(halves, destination_cidr="10.0.0.0/8", group_id=ENGINEERING.id)
    assert changes(after, halves) == {}


def test_ipv6_and_ipv4_are_apart() -> None:
    both = EndpointConfiguration(rules=(rule("::/0", EMPLOYEES.id), rule(EVERYWHERE, EMPLOYEES.id)))
    after = with_rule(both, destination_cidr="2001:db8::/32", group_id=ENGINEERING.id)
    assert changes(after, both) == {"2001:db8::/32": (set(), {MISAKI.name})}


def test_what_is_no_network_is_left_out_of_the_reckoning() -> None:
    odd = EndpointConfiguration(rules=(rule("pl-63a5400a", EMPLOYEES.id), rule("10.0.0.0/8", EMPLOYEES.id)))
    assert changes(without_rule(odd, "10.0.0.0/8", EMPLOYEES.id), odd) == {
        "10.0.0.0/8": (set(), {MISAKI.name, LIAM.name})
    }


def test_replacing_a_group_says_who_loses_and_who_gains() -> None:
    after = with_rule(
        without_rule(TOKYO_STATE, OFFICE_LAN, ENGINEERING.id),
        destination_cidr=OFFICE_LAN,
        group_id=HELPDESK.id,
    )
    consequences = access_consequences(TOKYO_STATE, after, PEOPLE)
    assert ids(consequences) == [ConsequenceId.ACCESS_LOST, ConsequenceId.ACCESS_BY_LAST_SIGN_IN]
    assert consequences[0].people == (LIAM.username,)


def test_nothing_is_said_of_access_where_no_rule_changes() -> None:
    described = tuple(replace(existing, description="another") for existing in TOKYO_STATE.rules)
    assert access_consequences(TOKYO_STATE, changed(rules=described), PEOPLE) == ()


@pytest.mark.parametrize("seed", range(40))
def test_it_agrees_with_the_evaluation_of_every_single_address(seed: int) -> None:
    """Against vpn/endpoints/authorization.py, address by address, in a small world of random rules."""
    random = Random(seed)
    groups = ["a", "b", "c"]

    def rules() -> EndpointConfiguration:
        cidrs = [f"10.0.0.{random.randrange(0, 64)}/{random.randrange(26, 33)}" for _ in range(6)]
        return EndpointConfiguration(
            rules=tuple(
                rule(str(ip_network(cidr, strict=False)), random.choice([*groups, ""])) for cidr in cidrs
            )
        )

    before, after = rules(), rules()
    people = [AccessPerson(name, name, frozenset(name)) for name in ("a", "b", "c", "ab", "bc", "x")]
    changes = access_changes(before.rules, after.rules, people)
    for address, person in product((ip_address("10.0.0.0") + n for n in range(64)), people):
        had = reaches(before.rules, address, groups=person.groups)
        has = reaches(after.rules, address, groups=person.groups)
        inside = [
            change
            for change in changes
            if address in ip_network(change.network)
            and not any(address in ip_network(n) for n in change.excluded)
        ]
        assert any(person in change.gained for change in inside) == (has and not had)
        assert any(person in change.lost for change in inside) == (had and not has)


def test_ten_thousand_people_are_counted_at_once() -> None:
    people = [AccessPerson(f"p{n}", f"P {n}", frozenset({EMPLOYEES.id, f"g{n % 50}"})) for n in range(10_000)]
    rules = tuple(rule(f"10.{n}.0.0/16", f"g{n % 50}") for n in range(199))
    before = EndpointConfiguration(rules=(*rules, rule(EVERYWHERE, EMPLOYEES.id)))
    (lost,) = access_changes(before.rules, without_rule(before, EVERYWHERE, EMPLOYEES.id).rules, people)
    assert len(lost.lost) == 10_000
