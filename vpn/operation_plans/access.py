"""Who gains and who loses access to which networks when authorization rules change: pure.

AWS applies the rules of the longest prefix that covers a destination, and ``0.0.0.0/0`` comes last (admin guide,
"Client VPN authorization rules"; vpn/endpoints/authorization.py). So a rule for one group can take access away from
another. People have the groups of their last sign-in to the portal; the endpoint uses those of the sign-in to the VPN.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from portal.access.names import account_key
from portal.addresses import Network, is_filled, regions_of
from vpn.aws.snapshots import AuthorizationRule
from vpn.endpoints.authorization import longest_match, permits, rules_by_network
from vpn.operation_plans.configuration import (
    EVERYWHERE,
    EndpointConfiguration,
    rule_keys,
)
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Tone, join_people


@dataclass(frozen=True)
class AccessPerson:
    username: str
    name: str
    groups: frozenset[str]


@dataclass(frozen=True)
class AccessChange:
    """Who gains and who loses access to ``network``, except to the narrower networks in ``excluded``.

    Those have rules, and entries, of their own.
    """

    network: str
    excluded: tuple[str, ...]
    gained: tuple[AccessPerson, ...]
    lost: tuple[AccessPerson, ...]


def access_changes(
    before: Sequence[AuthorizationRule], after: Sequence[AuthorizationRule], people: Iterable[AccessPerson]
) -> tuple[AccessChange, ...]:
    """One entry for each network to which somebody's access changes, the widest first."""
    rules_before, rules_after = rules_by_network(before), rules_by_network(after)
    # People with the same groups have the same access: 5,000 people have some dozens of combinations.
    people_by_groups: dict[frozenset[str], list[AccessPerson]] = defaultdict(list)
    for person in people:
        people_by_groups[person.groups].append(person)
    changes = (
        _change(region, rules_before, rules_after, people_by_groups)
        for region in regions_of({*rules_before, *rules_after})
    )
    return tuple(change for change in changes if change.gained or change.lost)


def access_consequences(
    before: EndpointConfiguration,
    after: EndpointConfiguration,
    people: Sequence[AccessPerson],
    recent_people: Collection[str] | None = None,
) -> tuple[Consequence, ...]:
    """Losses first. Empty if neither a rule changes nor the endpoint loses its last subnet or gets its first.

    ``people``: all whose groups the portal knows. ``recent_people``: the lower-cased user names of all who connected
    lately, whether or not the portal knows them; None if the connection log doesn't tell.
    """
    if rule_keys(before.rules) == rule_keys(after.rules):
        return _everybody_or_nobody(before, after, recent_people)
    changes = access_changes(before.rules, after.rules, people)
    gained = [
        _make_consequence(ConsequenceId.ACCESS_GAINED, Tone.INFO, change.network, change.gained)
        for change in changes
        if change.gained
    ]
    lost = [_lost(change, before, after) for change in changes if change.lost]
    unchanged = [] if changes else [Consequence(ConsequenceId.ACCESS_UNCHANGED, Tone.INFO)]
    return (*lost, *gained, *unchanged, *_everywhere(before, after), _counted(people, recent_people))


def _everywhere(before: EndpointConfiguration, after: EndpointConfiguration) -> Iterator[Consequence]:
    """A rule for everybody and every destination: whoever can sign in goes anywhere, also where nobody thought of."""
    added = rule_keys(after.rules) - rule_keys(before.rules)
    for destination in EVERYWHERE["dual-stack"]:
        if (destination, "") in added:
            yield Consequence(ConsequenceId.ACCESS_EVERYBODY_EVERYWHERE, Tone.OUT, {"network": destination})


def _counted(people: Sequence[AccessPerson], recent_people: Collection[str] | None) -> Consequence:
    """Whom the lines above are about. A portal beside older profiles knows the groups of few who connect."""
    known = {account_key(person.username) for person in people}
    strangers = [username for username in recent_people or () if username not in known]
    if not strangers:
        return Consequence(ConsequenceId.ACCESS_BY_LAST_SIGN_IN, Tone.INFO)
    values = {"count": len(strangers), "recent": len(recent_people or ())}
    return Consequence(ConsequenceId.ACCESS_OF_STRANGERS, Tone.WARN, values)


def _everybody_or_nobody(
    before: EndpointConfiguration, after: EndpointConfiguration, recent_people: Collection[str] | None
) -> tuple[Consequence, ...]:
    """Without a subnet nobody can connect, whatever the rules say."""
    # Of an endpoint that is deleted the profiles say it, once.
    if bool(before.subnets) == bool(after.subnets) or not after.exists:
        return ()
    values = {"count": None if recent_people is None else len(recent_people)}
    if after.subnets:
        return (Consequence(ConsequenceId.ACCESS_STARTS, Tone.INFO, values),)
    # That nobody used it lately is as good a reason to pause it as there is.
    tone = Tone.OK if values["count"] == 0 else Tone.OUT
    return (Consequence(ConsequenceId.ACCESS_STOPS, tone, values),)


def _lost(change: AccessChange, before: EndpointConfiguration, after: EndpointConfiguration) -> Consequence:
    """LOST if a rule that permitted them is removed; SHADOWED if a narrower rule for others is added."""
    removed = [rule for rule in before.rules if rule_keys([rule]) - rule_keys(after.rules)]
    is_removed = any(permits(removed, groups=person.groups) for person in change.lost)
    consequence_id = ConsequenceId.ACCESS_LOST if is_removed else ConsequenceId.ACCESS_SHADOWED
    return _make_consequence(consequence_id, Tone.OUT, change.network, change.lost)


def _make_consequence(
    consequence_id: ConsequenceId, tone: Tone, network: str, people: Sequence[AccessPerson]
) -> Consequence:
    names = sorted(person.name or person.username for person in people)
    values = {"network": network, "count": len(people), "names": join_people(names)}
    return Consequence(consequence_id, tone, values, tuple(sorted(person.username for person in people)))


Rules = Mapping[Network, list[AuthorizationRule]]


def _change(
    region: tuple[Network, tuple[Network, ...]],
    rules_before: Rules,
    rules_after: Rules,
    people_by_groups: dict[frozenset[str], list[AccessPerson]],
) -> AccessChange:
    network, inside = region
    excluded = tuple(str(narrower) for narrower in inside)
    if is_filled(network, inside):
        # Narrower rules decide about every address, so this network's own rules decide about none.
        return AccessChange(str(network), excluded, (), ())
    gained: list[AccessPerson] = []
    lost: list[AccessPerson] = []
    deciding_before = longest_match(rules_before, network)
    deciding_after = longest_match(rules_after, network)
    for groups, people in people_by_groups.items():
        had_access = permits(deciding_before, groups=groups)
        has_access = permits(deciding_after, groups=groups)
        if had_access != has_access:
            (gained if has_access else lost).extend(people)
    return AccessChange(str(network), excluded, tuple(gained), tuple(lost))
