"""From an event to a line in CloudWatch Logs: when it is published, when it arrives, and what goes wrong.

AWS documents neither delay nor order nor duplicates, only that an entry's CloudWatch timestamp is when it
was published. What goes wrong is switched by ``world.log``; nothing that happened is ever left out.
"""

import heapq
from collections.abc import Mapping
from random import Random
from typing import Any, Final

from sandbox.aws.account_resources import AccountResources
from sandbox.aws.connection_log import text
from sandbox.aws.records import Delivery, Endpoint, LogSwitches
from sandbox.aws.world import Region, World

LATE_SECONDS: Final = (120, 900)
SHUFFLED_SECONDS: Final = (5, 90)
DUPLICATE_SECONDS: Final = (0, 60)
UNKNOWN_FIELDS: Final = {
    "sandbox-unknown-field": "1",
    "sandbox-unknown-object": {"sandbox-list": ["a", "b"], "sandbox-number": 7},
}


def publish(
    world: World, region: Region, endpoint: Endpoint, fields: Mapping[str, Any], *, at: float
) -> None:
    """Tell the endpoint's log of what happened at ``at``, if it has one."""
    options = endpoint.settings["ConnectionLogOptions"]
    if not options["Enabled"] or world.log.stopped:
        return
    switches, random = world.log, world.random
    published_at, wait = _delays(switches, random, at + world.pace.publish)
    if random.random() < switches.unknown_fields:
        fields = {**fields, **UNKNOWN_FIELDS}
    message = text(fields, random.choice(switches.styles), random)
    where = options["CloudwatchLogGroup"], options["CloudwatchLogStream"]
    _send(world, region, where, message, random, published_at=published_at, wait=wait)


def publish_line(
    world: World, region: Region, group: str, stream: str, line: str, *, at: float, is_record: bool
) -> None:
    """A line of a Lambda function's own log. What befalls the connection log befalls its records too."""
    if not is_record:
        heapq.heappush(region.outbox, Delivery(at, world.next_number(), at, group, stream, line))
        return
    random = world.handler_random
    published_at, wait = _delays(world.log, random, at)
    _send(world, region, (group, stream), line, random, published_at=published_at, wait=wait)


def _delays(switches: LogSwitches, random: Random, at: float) -> tuple[float, float]:
    """When a line is published, and how many seconds later it can be read."""
    published_at = at
    if random.random() < switches.late:
        published_at += random.uniform(*LATE_SECONDS)
    # Late: published late. Shuffled: published in time, and readable only later.
    return published_at, random.uniform(*SHUFFLED_SECONDS) if random.random() < switches.shuffled else 0.0


def _send(
    world: World,
    region: Region,
    where: tuple[str, str],
    message: str,
    random: Random,
    *,
    published_at: float,
    wait: float,
) -> None:
    """Into the log group and stream of ``where``: once, or twice, or with a broken line behind it."""
    lines = [(published_at, message)]
    if random.random() < world.log.duplicates:
        lines.append((published_at + random.uniform(*DUPLICATE_SECONDS), message))
    if random.random() < world.log.malformed:
        lines.append((published_at, _malformed(message, random)))
    for moment, line in lines:
        # The number keeps the order of lines that arrive at the same moment: heapq doesn't.
        number = world.next_number()
        heapq.heappush(region.outbox, Delivery(moment + wait, number, moment, *where, line))


def _malformed(message: str, random: Random) -> str:
    """A line beside the true one that no reader of JSON objects of strings can use."""
    return random.choice((message[: len(message) // 2], "not JSON", "[]", '{"connection-id": 7}'))


def deliver(region: Region, resources: AccountResources, now: float) -> None:
    """Write into CloudWatch Logs every line that has arrived by ``now`` (Unix seconds)."""
    while region.outbox and region.outbox[0].arrives_at <= now:
        due = heapq.heappop(region.outbox)
        resources.put_log_event(
            due.group, due.stream, due.message, published_at=due.published_at, arrived_at=due.arrives_at
        )
