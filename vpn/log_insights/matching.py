"""Whether a connection that was joined from the lines of CloudWatch Logs is one that a search asks for. Pure."""

from collections.abc import Collection, Mapping
from ipaddress import ip_address

from portal.text import normalize
from vpn.connection_log.join import JoinedConnection
from vpn.connection_log.models import ConnectionStatus
from vpn.connection_log.policy_evaluation import is_cut_by_policy
from vpn.connection_log.reasons import UNFINISHED
from vpn.connection_log.search.conditions import ConnectionSearch, Network, OutcomeFilter, PolicyFilter


def matches(
    row: JoinedConnection,
    search: ConnectionSearch,
    *,
    people: Mapping[str, set[str]],
    usernames: Collection[str] = (),
) -> bool:
    """The same as vpn.connection_log.search.queries.matching() for stored connections.

    ``people``: for each word, the usernames in the log of people whose name or e-mail address holds it. ``usernames``:
    those in the log of the person who is asked for.
    """
    if search.connection_id:
        in_range = row.connection_id == search.connection_id
    else:
        in_range = search.since <= row.at < search.until
    client = row.client_ip if search.client_ip is None or search.client_ip.version == 4 else row.client_ip_v6
    return (
        in_range
        and row.status != ConnectionStatus.SIGN_IN
        and (not search.words or _has_words(row.username or "", search.words, people))
        and (not search.person or row.username in usernames)
        and (search.address is None or _in_either(row, search.address))
        and (search.device_ip is None or _is_within(row.device_ip, search.device_ip))
        and (search.client_ip is None or _is_within(client, search.client_ip))
        and search.endpoint_id in {"", row.endpoint_id}
        and search.device_type in {"", row.device_type}
        and _has_outcome(row, search)
        and _has_amounts(row, search)
        and _has_policy(row, search)
    )


def _has_words(username: str, words: tuple[str, ...], people: Mapping[str, set[str]]) -> bool:
    text = normalize(username).lower()
    return bool(username) and all(
        normalize(word).lower() in text or username in people[word] for word in words
    )


def _in_either(row: JoinedConnection, network: Network) -> bool:
    client = row.client_ip if network.version == 4 else row.client_ip_v6
    return _is_within(row.device_ip, network) or _is_within(client, network)


def _is_within(address: str | None, network: Network) -> bool:
    if address is None:
        return False
    parsed = ip_address(address)
    return parsed.version == network.version and parsed in network


def _has_outcome(row: JoinedConnection, search: ConnectionSearch) -> bool:
    if search.reason == UNFINISHED and row.status != ConnectionStatus.UNFINISHED:
        return False
    failed_so = row.status == ConnectionStatus.FAILED and row.failure_reason == search.reason
    if search.reason not in {"", UNFINISHED} and not failed_so:
        return False
    match search.outcome:
        case OutcomeFilter.CONNECTED:
            return row.status == ConnectionStatus.OPEN
        case OutcomeFilter.ENDED:
            return row.status == ConnectionStatus.ENDED
        case OutcomeFilter.FAILED:
            return row.status in {ConnectionStatus.FAILED, ConnectionStatus.UNFINISHED}
        case OutcomeFilter.UNFINISHED:
            return row.status == ConnectionStatus.UNFINISHED
    return True


def _has_policy(row: JoinedConnection, search: ConnectionSearch) -> bool:
    if search.token and f":{search.token}" not in (row.policy_devices or ""):
        return False
    if search.policy is PolicyFilter.CUT:
        return is_cut_by_policy(row)
    return search.policy is None or row.policy_result == search.policy.value


def _has_amounts(row: JoinedConnection, search: ConnectionSearch) -> bool:
    total = row.ingress_bytes + row.egress_bytes
    if search.seconds_from is not None or search.seconds_to is not None:
        if row.status != ConnectionStatus.ENDED or row.duration_seconds is None:
            return False
        if not _between(row.duration_seconds, search.seconds_from, search.seconds_to):
            return False
    return _between(total, search.bytes_from, search.bytes_to)


def _between(value: int, low: int | None, high: int | None) -> bool:
    return (low is None or value >= low) and (high is None or value <= high)
