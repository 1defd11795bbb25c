"""Months of a connection log as nobody would wish for: every kind of event, and everything that can be wrong with one.

Only seeds decide what comes out. Nothing here knows how the portal reads a line.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Final

BEGIN: Final = datetime(2026, 8, 20, tzinfo=UTC)
MONTHS: Final = timedelta(days=80)
ENDPOINTS: Final = ("cvpn-endpoint-0a1b2c3d4e5f60718", "cvpn-endpoint-0f2d58d4869ece501")
PEOPLE: Final = (
    "tanaka@example.co.jp",
    "Tanaka@example.co.jp",
    "佐藤 花子",
    "=cmd|' /C calc'!A0",
    "o'brien",
    "\u202eevil",
)
DEVICES: Final = ("198.51.100.27", "198.51.100.28", "203.0.113.9", "2001:db8::7")
ADDRESSES: Final = ("10.8.0.2", "10.8.0.3")
REASONS: Final = ("authorization-policy-deny", "client-connect-failed", "something AWS never wrote down")

Fields = dict[str, Any]


class Adversary:
    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self._number = 0

    def lines(self, stories: int) -> list[str]:
        """In the order of the stories; whoever publishes them does it in another one."""
        story_lines = [text for _ in range(stories) for text in self._story()]
        story_lines += self.random.choices(story_lines, k=len(story_lines) // 5)
        return story_lines + [self._garbage() for _ in range(stories // 4)]

    def _story(self) -> list[str]:
        tell = self.random.choice(STORIES)
        events = tell(self)
        self.random.shuffle(events)
        return [self._text(event) for event in events]

    def event(self, at: datetime, **fields: Any) -> Fields:
        """A successful attempt, unless it says something else; names with underscores."""
        whole: Fields = {
            "connection-log-type": "connection-attempt",
            "connection-attempt-status": "successful",
            "connection-reset-status": "NA",
            "connection-attempt-failure-reason": "NA",
            "client-vpn-endpoint-id": ENDPOINTS[0],
            "transport-protocol": "udp",
            "connection-start-time": "NA",
            "connection-last-update-time": written(at),
            "client-ip": "NA",
            "client-ip-v6": "NA",
            "common-name": "NA",
            "device-type": self.random.choice(("win", "mac", "linux", "NA")),
            "device-ip": self.random.choice(DEVICES),
            "port": "50096",
            "ingress-bytes": "0",
            "egress-bytes": "0",
            "ingress-packets": "0",
            "egress-packets": "0",
            "connection-end-time": "NA",
            "connection-duration-seconds": "NA",
            "username": "NA",
        }
        return whole | {name.replace("_", "-"): value for name, value in fields.items()}

    def moment(self) -> datetime:
        return BEGIN + timedelta(seconds=self.random.randrange(int(MONTHS.total_seconds())))

    def identifier(self) -> str:
        self._number += 1
        return f"cvpn-connection-{self._number:017x}"

    def session(self, at: datetime, name: str, **fields: Any) -> list[Fields]:
        """Attempt, now and then news of a connection that goes on, and the end."""
        end = at + timedelta(seconds=self.random.randrange(1, 86_400))
        common = {
            "connection_id": name,
            "connection_start_time": written(at),
            "client_ip": self.random.choice(ADDRESSES),
        }
        common |= {"username": self.random.choice(PEOPLE), "device_ip": self.random.choice(DEVICES)} | fields
        common |= {"device_type": self.type_of(common["device_ip"])}
        events = [self.event(at, **common)]
        counters = {"ingress_bytes": "4000", "egress_bytes": str(self.random.randrange(10**12))}
        if self.random.random() < 0.3:
            events.append(self.event(at + (end - at) / 2, **(common | {"ingress_bytes": "700"})))
        reset = common | counters | {"connection_log_type": "connection-reset"}
        reset |= {"connection_attempt_status": "NA", "connection_end_time": written(end)}
        return [*events, self.event(end, **reset)]

    def type_of(self, device: str) -> str:
        """Now and then there are several behind one address."""
        usual = ("win", "mac", "linux")[DEVICES.index(device) % 3]
        return self.random.choice((usual, usual, usual, "win", "NA"))

    def legs(self, at: datetime, name: str, device: str, *, received: bool) -> list[Fields]:
        """The first leg of a federated sign-in, with or without a start of its own."""
        common = {"connection_id": name, "device_ip": device, "client_vpn_endpoint_id": ENDPOINTS[0]}
        common |= {"device_type": self.type_of(device)}
        if self.random.random() < 0.5:
            common["connection_start_time"] = written(at)
        events = [self.event(at, connection_attempt_status="waiting-for-assertion", **common)]
        if received:
            end = at + timedelta(seconds=9)
            reset = {"connection_log_type": "connection-reset", "connection_attempt_status": "NA"}
            reset |= {"connection_reset_status": "assertion-received", "connection_end_time": written(end)}
            events.append(self.event(end, **(common | reset)))
        return events

    def _text(self, event: Fields) -> str:
        if self.random.random() < 0.4:
            for _ in range(self.random.randrange(1, 3)):
                self.random.choice(DAMAGES)(self, event)
        items = list(event.items())
        if self.random.random() < 0.5:
            self.random.shuffle(items)
        text = json.dumps(dict(items), ensure_ascii=self.random.random() < 0.5)
        if self.random.random() < 0.05:
            # The same key twice: the last one stands, as in all readers of JSON.
            text = '{"username": "first", "port": [], ' + text[1:]
        if self.random.random() < 0.03:
            # Nested as deeply as a reader may just bear it, and a number that Python itself refuses.
            deep = '{"x": ' + "[" * 600 + "]" * 600 + ', "y": ' + "9" * 5000 + ", "
            text = deep + text[1:]
        return f" {text}\n" if self.random.random() < 0.05 else text

    def _garbage(self) -> str:
        whole = self._text(self.event(self.moment(), connection_id=self.identifier()))
        return self.random.choice(
            (
                whole[: len(whole) // 2],
                "\ufeff" + whole,
                "\0" + whole,
                whole.replace('"', "\x07", 1),
                "[" * 5000,
                '{"a":' * 5000 + "1" + "}" * 5000,
                "null",
                f"[{whole}]",
                whole + whole,
                '{"connection-id": 7}',
                "x" * 262_118,
                json.dumps({"connection-log-type": "connection-established"}),
                json.dumps("\ud83d"),
            )
        )


def written(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}"


def _connected(me: Adversary) -> list[Fields]:
    return me.session(me.moment(), me.identifier(), client_vpn_endpoint_id=me.random.choice(ENDPOINTS))


def _still_open(me: Adversary) -> list[Fields]:
    return me.session(me.moment(), me.identifier())[:-1]


def _address_reused(me: Adversary) -> list[Fields]:
    """One after the other has the address, and of most no end is told."""
    at, address = me.moment(), me.random.choice(("10.9.0.9", "2001:db8:9::9"))
    name = "client_ip_v6" if ":" in address else "client_ip"
    events = []
    for hours in (0, 3, 3, 9, 26):
        whose = {"client_ip": "NA", name: address}
        story = me.session(at + timedelta(hours=hours), me.identifier(), **whose)
        events += story if me.random.random() < 0.3 else story[:-1]
    return events


def _only_its_end(me: Adversary) -> list[Fields]:
    [*_rest, end] = me.session(me.moment(), me.identifier())
    if me.random.random() < 0.5:
        end["connection-start-time"] = "NA"
    return [end]


def _ended_before_it_began(me: Adversary) -> list[Fields]:
    events = me.session(me.moment(), me.identifier())
    events[-1]["connection-end-time"] = written(BEGIN - timedelta(days=1))
    return events


def _refused(me: Adversary) -> list[Fields]:
    fields = {"connection_attempt_status": "failed", "username": me.random.choice(PEOPLE)}
    fields["connection_attempt_failure_reason"] = me.random.choice((*REASONS, "NA"))
    return [me.event(me.moment(), connection_id=me.identifier(), **fields)]


def _refused_once_connected_then(me: Adversary) -> list[Fields]:
    at, name = me.moment(), me.identifier()
    refused = me.event(
        at,
        connection_id=name,
        connection_attempt_status="failed",
        connection_attempt_failure_reason=REASONS[1],
    )
    return [refused, *me.session(at + timedelta(seconds=5), name)]


def _by_certificate(me: Adversary) -> list[Fields]:
    events = me.session(me.moment(), me.identifier(), common_name="client1.domain.tld")
    for event in events:
        event.pop("username")
    return events


def _signed_in(me: Adversary) -> list[Fields]:
    """One id for both legs, or one for each."""
    at, device, first = me.moment(), me.random.choice(DEVICES), me.identifier()
    legs = me.legs(at, first, device, received=me.random.random() < 0.7)
    name = first if me.random.random() < 0.5 else me.identifier()
    return [*legs, *me.session(at + timedelta(seconds=10), name, device_ip=device)]


def _gave_up(me: Adversary) -> list[Fields]:
    return me.legs(me.moment(), me.identifier(), me.random.choice(DEVICES), received=me.random.random() < 0.4)


def _crowd(me: Adversary) -> list[Fields]:
    """Several sign-ins behind one address within minutes; some lead to something."""
    at, device = me.moment(), me.random.choice(DEVICES)
    events = []
    for number in range(5):
        begin = at + timedelta(minutes=3 * number)
        events += me.legs(begin, me.identifier(), device, received=me.random.random() < 0.3)
        if me.random.random() < 0.5:
            events += me.session(begin + timedelta(seconds=20), me.identifier(), device_ip=device)
    return events


def _reset_while_waiting(me: Adversary) -> list[Fields]:
    at, name = me.moment(), me.identifier()
    [leg] = me.legs(at, name, me.random.choice(DEVICES), received=False)
    reset = {"connection-log-type": "connection-reset", "connection-attempt-status": "NA"}
    end = written(at + timedelta(minutes=2))
    return [leg, leg | reset | {"connection-last-update-time": end, "connection-end-time": end}]


def _two_people(me: Adversary) -> list[Fields]:
    events = me.session(me.moment(), me.identifier())
    for event in events:
        event["username"] = me.random.choice(PEOPLE)
    return events


def _two_endpoints(me: Adversary) -> list[Fields]:
    events = me.session(me.moment(), me.identifier())
    for event in events:
        event["client-vpn-endpoint-id"] = me.random.choice(ENDPOINTS)
    return events


def _weeks_apart(me: Adversary) -> list[Fields]:
    events = me.session(me.moment(), me.identifier())
    late = written(BEGIN + MONTHS + timedelta(days=me.random.randrange(40)))
    events[-1] |= {"connection-last-update-time": late, "connection-end-time": late}
    return events


def _named_by_another_certificate(me: Adversary) -> list[Fields]:
    events = me.session(me.moment(), me.identifier(), username="bob", common_name="bob")
    events[-1] |= {"username": "NA", "common-name": "zed"}
    return events


STORIES: Final[tuple[Callable[[Adversary], list[Fields]], ...]] = (
    *(_connected, _connected, _still_open, _address_reused, _only_its_end, _ended_before_it_began, _refused),
    *(_refused_once_connected_then, _by_certificate, _signed_in, _signed_in, _gave_up, _crowd),
    *(_reset_while_waiting, _two_people, _two_endpoints, _weeks_apart, _named_by_another_certificate),
)


def _no_key(me: Adversary, event: Fields) -> None:
    event.pop(me.random.choice(list(event)))


def _nothing(me: Adversary, event: Fields) -> None:
    event[me.random.choice(list(event))] = me.random.choice(("NA", "-", "", None))


def _other_type(me: Adversary, event: Fields) -> None:
    value = me.random.choice((7, -1, 1.5, True, 10**30, [], ["NA"], {"a": {"b": [None]}}, float("nan")))
    event[me.random.choice(list(event))] = value


def _text_of_evil(me: Adversary, event: Fields) -> None:
    name = me.random.choice(("username", "common-name", "device-type", "connection-attempt-failure-reason"))
    unknown = "".join(chr(me.random.randrange(0x1F300, 0x1FAFF)) for _ in range(1024))
    event[name] = me.random.choice(
        (
            "\0",
            "a\0b",
            "\ud83d",
            "\u202e\u2066x",
            "\x1b[31m\r\n",
            "é" * 512,
            "\ufeffname",
            "x" * 1025,
            unknown,
            " padded ",
        )
    )


def _time_of_evil(me: Adversary, event: Fields) -> None:
    name = me.random.choice(("connection-start-time", "connection-last-update-time", "connection-end-time"))
    event[name] = me.random.choice(
        (
            *("2026-02-30 00:00:00", "2026-09-01T00:00:00", "2026-09-01 00:00:00.5", "2026-09-01 00:00:00Z"),
            *("1999-12-31 23:59:59", "9999-12-31 23:59:59", "1787000000", "2026-09-01 24:00:00"),
            *("２026-09-01 00:00:00", "2026-9-1 0:0:0"),
        )
    )


def _address_of_evil(me: Adversary, event: Fields) -> None:
    event[me.random.choice(("device-ip", "client-ip", "client-ip-v6"))] = me.random.choice(
        (
            "fe80::1%eth0",
            "::ffff:198.51.100.27",
            "2001:DB8:0:0::7",
            "300.1.1.1",
            "010.0.0.1",
            "10.0.0.0/8",
            "::1%",
        )
    )


def _number_of_evil(me: Adversary, event: Fields) -> None:
    name = me.random.choice(("port", "ingress-bytes", "egress-packets", "connection-duration-seconds"))
    event[name] = me.random.choice(
        ("65536", "-1", "+5", "1e3", "٣", "0007", "9" * 19, "9" * 5000, " 5", str(10**15), str(10**15 + 1))
    )


def _identifier_of_evil(me: Adversary, event: Fields) -> None:
    event[me.random.choice(("connection-id", "client-vpn-endpoint-id"))] = me.random.choice(
        (
            "a/b",
            "..",
            "<script>alert(1)</script>",
            "%2e%2e%2f",
            "x?y#z",
            "'; DROP TABLE x; --",
            "é",
            "a b",
            "x" * 65,
        )
    )


def _unknown_key(me: Adversary, event: Fields) -> None:
    event["posture-compliance-statuses"] = me.random.choice(
        (["a"], {"deep": [[[[]]]]}, "x" * 250_000, 10**400, "\ud83d")
    )


DAMAGES: Final[tuple[Callable[[Adversary, Fields], None], ...]] = (
    *(_no_key, _nothing, _other_type, _text_of_evil, _time_of_evil, _address_of_evil, _number_of_evil),
    *(_unknown_key, _identifier_of_evil),
)
