"""The questions that people ask, answered from the lines themselves: plainly, slowly, with no other code."""

import ipaddress
import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

SIGN_IN: Final = timedelta(minutes=15)
SESSION: Final = timedelta(hours=24)
# AWS ends a session not to the second: an end that is logged a little later counts.
LOGGED: Final = timedelta(hours=25)
NOTHING: Final = ("NA", "-", "", None)
FIRST: Final = datetime(2018, 1, 1)  # noqa: DTZ001 (the log has no zones)
LAST: Final = datetime(2099, 1, 1)  # noqa: DTZ001
MOST: Final = 10**15


@dataclass
class Told:
    """All that the events of one connection id say; greatest values, earliest start, latest end."""

    kinds: set[str] = field(default_factory=set)
    moments: list[datetime] = field(default_factory=list)
    all_moments: list[datetime] = field(default_factory=list)
    starts: list[datetime] = field(default_factory=list)
    ends: list[datetime] = field(default_factory=list)
    values: dict[str, list[Any]] = field(default_factory=lambda: defaultdict(list))

    def greatest(self, name: str) -> Any:
        return max(self.values[name], default=None)

    @property
    def at(self) -> datetime:
        return min(self.starts or self.moments)

    @property
    def person(self) -> str | None:
        name: str | None = self.greatest("username") or self.greatest("common-name")
        return name


@dataclass(frozen=True)
class Answers:
    """``status`` by connection id; ``gone``: by when those had ended whose end isn't told.

    Who was connected is asked of ``connected``.
    """

    told: dict[str, Told]
    status: dict[str, str]
    gone: dict[str, datetime]
    unreadable: set[str]

    def count(self, *statuses: str) -> int:
        return sum(status in statuses for status in self.status.values())

    def reasons(self) -> Counter[str]:
        parsed = Counter(
            self.told[name].greatest("connection-attempt-failure-reason") or ""
            for name, status in self.status.items()
            if status == "failed"
        )
        parsed["waiting-for-assertion"] += self.count("unfinished")
        return +parsed

    def traffic(self) -> dict[str | None, int]:
        parsed: dict[str | None, int] = defaultdict(int)
        for name, status in self.status.items():
            if status in {"open", "ended"}:
                told = self.told[name]
                parsed[told.person] += sum(
                    told.greatest(entry) or 0 for entry in ("ingress-bytes", "egress-bytes")
                )
        return dict(parsed)

    def connected(self, at: datetime) -> set[str]:
        return {name for name, status in self.status.items() if self._is_on(name, status, at)}

    def _is_on(self, name: str, status: str, at: datetime) -> bool:
        told = self.told[name]
        if status not in {"open", "ended"} or not at - LOGGED <= told.at <= at:
            return False
        if name in self.gone:
            return at < self.gone[name]
        return status == "open" or max(told.ends) >= at


def ask(lines: Iterable[str], *, now: datetime) -> Answers:
    """``now`` has no zone, as the log."""
    told: dict[str, Told] = defaultdict(Told)
    unreadable = set()
    for text in lines:
        fields = _object(text)
        if fields is None or not _take(fields, told):
            unreadable.add(text)
    status = {name: _status(entry) for name, entry in told.items()}
    _finish_sign_ins(told, status)
    gone = _close(told, status, now)
    return Answers(dict(told), status | dict.fromkeys(gone, "ended"), gone, unreadable)


def _object(text: str) -> dict[str, Any] | None:
    try:
        parsed = json.loads(text, parse_int=_integer)
    except (ValueError, RecursionError):
        return None
    return parsed if isinstance(parsed, dict) else None


def _integer(text: str) -> float:
    """Python refuses to read a very long one."""
    return int(text) if len(text) < 30 else float(text)


def _take(fields: dict[str, Any], told: dict[str, Told]) -> bool:
    """False: nothing of it can be used."""
    kind = _kind(fields)
    start, end = _time(fields.get("connection-start-time")), _time(fields.get("connection-end-time"))
    at = _time(fields.get("connection-last-update-time")) or end or start
    name, endpoint = fields.get("connection-id"), fields.get("client-vpn-endpoint-id")
    if kind is None or at is None or not _is_id(name) or not _is_id(endpoint):
        return False
    entry = told[str(name)]
    entry.kinds.add(kind)
    entry.all_moments.append(at)
    entry.values["client-vpn-endpoint-id"].append(endpoint)
    if kind in {"waiting", "received"}:
        entry.moments.append(min(at, start or at))
    else:
        entry.moments.append(at)
        entry.starts += [start] if start else []
    if kind == "reset":
        entry.ends.append(end or at)
    _take_values(fields, entry)
    return True


def _take_values(fields: dict[str, Any], entry: Told) -> None:
    for name in ("username", "common-name", "device-type", "connection-attempt-failure-reason"):
        value = fields.get(name)
        if isinstance(value, str) and value not in NOTHING:
            readable = value.replace("\0", "\ufffd")
            readable = "".join("?" if "\ud800" <= sign <= "\udfff" else sign for sign in readable)
            entry.values[name] += [readable] if len(readable.encode()) <= 1024 else []
    for name in ("ingress-bytes", "egress-bytes"):
        number = _number(fields.get(name))
        entry.values[name] += [] if number is None else [number]
    for name in ("device-ip", "client-ip", "client-ip-v6"):
        address = _address(fields.get(name))
        entry.values[name] += [] if address is None else [address]


def _kind(fields: dict[str, Any]) -> str | None:
    if fields.get("connection-log-type") == "connection-reset":
        return "received" if fields.get("connection-reset-status") == "assertion-received" else "reset"
    if fields.get("connection-log-type") != "connection-attempt":
        return None
    known = {"successful": "successful", "failed": "failed", "waiting-for-assertion": "waiting"}
    return known.get(str(fields.get("connection-attempt-status")))


def _is_id(value: object) -> bool:
    if not isinstance(value, str) or value in NOTHING or not 0 < len(value) <= 64:
        return False
    return all("!" <= sign <= "~" for sign in value)


def _time(value: object) -> datetime | None:
    if not isinstance(value, str) or len(value) != 19 or not value.isascii():
        return None
    try:
        parsed = datetime.strptime(value, "%Y-%m-%d %H:%M:%S")  # noqa: DTZ007
    except ValueError:
        return None
    return parsed if FIRST <= parsed <= LAST else None


def _number(value: object) -> int | None:
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20:
        value = int(value)
    is_number = isinstance(value, int) and not isinstance(value, bool)
    return value if is_number and 0 <= value <= MOST else None  # type: ignore[operator,return-value]


def _address(value: object) -> str | None:
    try:
        parsed = ipaddress.ip_address(str(value).partition("%")[0]) if isinstance(value, str) else None
    except ValueError:
        return None
    mapped = getattr(parsed, "ipv4_mapped", None)
    return str(mapped or parsed) if parsed else None


def _status(entry: Told) -> str:
    """Before it is known whether a first leg led to something."""
    if "successful" in entry.kinds:
        legs = entry.kinds & {"waiting", "received"}
        is_over = "reset" in entry.kinds and (
            not entry.starts or not legs or max(entry.ends) >= min(entry.starts)
        )
        return "ended" if is_over else "open"
    if "failed" in entry.kinds:
        return "failed"
    had_address = entry.values["client-ip"] or entry.values["client-ip-v6"]
    if entry.kinds & {"waiting", "received"} and not ("reset" in entry.kinds and had_address):
        return "unfinished"
    return "ended"


def _finish_sign_ins(told: dict[str, Told], status: dict[str, str]) -> None:
    """A leg led to something if its device has an outcome within 15 minutes, and it was received or is the last one.

    What was waited for under its own id is nobody else's outcome.
    """
    places: dict[tuple[str, str], list[str]] = defaultdict(list)
    for name, entry in told.items():
        device = _greatest_address(entry.values["device-ip"])
        if device:
            places[device, entry.greatest("client-vpn-endpoint-id")].append(name)
    first = dict(status)
    for names in places.values():
        legs = [name for name in names if first[name] == "unfinished"]
        outcomes = [
            name for name in names if first[name] != "unfinished" and "waiting" not in told[name].kinds
        ]
        for leg in legs:
            begin, received = told[leg].at, "received" in told[leg].kinds
            type_of_leg = told[leg].greatest("device-type")
            others = [
                told[name].at
                for name in legs
                if told[name].at > begin and _same(told[name].greatest("device-type"), type_of_leg)
            ]
            ends = [
                told[name].at for name in outcomes if _same(told[name].greatest("device-type"), type_of_leg)
            ]
            for end in ends:
                is_near = begin <= end <= begin + SIGN_IN
                if is_near and (received or not any(other <= end for other in others)):
                    status[leg] = "sign-in"


def _close(told: dict[str, Told], status: dict[str, str], now: datetime) -> dict[str, datetime]:
    """An address within the VPN is one connection's at a time, and a session lasts 24 hours at most."""
    gone = {}
    for name, entry in told.items():
        if status[name] != "open":
            continue
        ends = [
            other.at
            for other_name, other in told.items()
            if status[other_name] in {"open", "ended"}
            and other.greatest("client-vpn-endpoint-id") == entry.greatest("client-vpn-endpoint-id")
            and _vpn_address(other) == _vpn_address(entry) is not None
            and entry.at < other.at <= entry.at + SESSION
            and other.at >= max(entry.all_moments)
        ]
        if entry.at + SESSION <= now:
            ends.append(entry.at + SESSION)
        if ends:
            gone[name] = min(ends)
    return gone


def _vpn_address(entry: Told) -> str | None:
    return _greatest_address(entry.values["client-ip"]) or _greatest_address(entry.values["client-ip-v6"])


def _same(entry: str | None, other: str | None) -> bool:
    """Where the log doesn't say what a device is, it may be any."""
    return None in {entry, other} or entry == other


def _greatest_address(addresses: list[str]) -> str | None:
    return max(addresses, default=None)
