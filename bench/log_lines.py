"""A connection log from a seed: people who connect through SAML, stay a while, and sometimes fail."""

import heapq
import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random
from typing import Final

ENDPOINT: Final = "cvpn-endpoint-0a1b2c3d4e5f60718"
# The ends come after the beginnings: so much later, as many lines have been published as there are connections for.
LAG: Final = 3600
KEYS: Final = (
    "connection-log-type",
    "connection-attempt-status",
    "connection-reset-status",
    "connection-attempt-failure-reason",
    "connection-id",
    "client-vpn-endpoint-id",
    "transport-protocol",
    "connection-start-time",
    "connection-last-update-time",
    "client-ip",
    "common-name",
    "device-type",
    "device-ip",
    "port",
    "ingress-bytes",
    "egress-bytes",
    "ingress-packets",
    "egress-packets",
    "connection-end-time",
    "connection-duration-seconds",
    "username",
)


@dataclass(frozen=True, order=True)
class Published:
    """``at`` in milliseconds, as CloudWatch Logs has it."""

    at: int
    text: str


def published(*, events: int, seed: int, begin: datetime, seconds: float) -> Iterator[Published]:
    """``events`` lines in order of time, even over about ``seconds`` from ``begin`` on."""
    random, start = Random(seed), begin.timestamp()
    ahead: list[Published] = []
    left = events
    for number in itertools.count():
        # A connection is two lines, a failure one.
        at = start + (seconds - LAG) * number / (events / 1.95)
        while ahead and ahead[0].at <= at * 1000:
            yield heapq.heappop(ahead)
            left -= 1
            if not left:
                return
        for line in _connection(random, number, at):
            heapq.heappush(ahead, line)


def _connection(random: Random, number: int, at: float) -> Iterator[Published]:
    person = random.randrange(3000)
    fields = dict.fromkeys(KEYS, "NA") | {
        "connection-log-type": "connection-attempt",
        "connection-attempt-status": "successful",
        "connection-id": f"cvpn-connection-{random.getrandbits(68):017x}",
        "client-vpn-endpoint-id": ENDPOINT,
        "transport-protocol": "udp",
        "connection-start-time": _time(at),
        "connection-last-update-time": _time(at),
        "client-ip": f"10.{8 + number % 4}.{number // 250 % 256}.{number % 250 + 2}",
        "device-type": random.choice(("win", "mac", "linux")),
        "device-ip": f"198.51.{person % 100}.{person // 100 * 7 + 1}",
        "port": str(random.randrange(1024, 65536)),
        "ingress-bytes": "0",
        "egress-bytes": "0",
        "ingress-packets": "0",
        "egress-packets": "0",
        "connection-duration-seconds": "0",
        "username": f"person-{person:04d}@example.co.jp",
    }
    if random.random() < 0.05:
        fields |= {"connection-attempt-status": "failed", "connection-start-time": "NA", "client-ip": "NA"}
        fields |= {"connection-attempt-failure-reason": "client-connect-failed"}
        yield Published(int(at * 1000) + 700, json.dumps(fields))
        return
    yield Published(int(at * 1000) + 700, json.dumps(fields))
    lasts = int(random.expovariate(1 / 7200)) + 1
    end = at + min(lasts, 86_400)
    amount = int(random.lognormvariate(17, 2))
    fields |= {
        "connection-log-type": "connection-reset",
        "connection-attempt-status": "NA",
        "connection-last-update-time": _time(end),
        "connection-end-time": _time(end),
        "connection-duration-seconds": str(int(end) - int(at)),
        "ingress-bytes": str(amount // 9),
        "egress-bytes": str(amount),
        "ingress-packets": str(amount // 2000),
        "egress-packets": str(amount // 900),
    }
    yield Published(int(end * 1000) + 700, json.dumps(fields))


def _time(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S}"
