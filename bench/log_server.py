"""FilterLogEvents over HTTP from a seed, as fast as a page can be sent: moto is too slow to measure against.

``python -m bench.log_server --events 100000 --delay 0.15 --rate 25`` prints its URL; ``GET /counts``, what came in.
A page is at most 1 MB or 10,000 events; more than ``rate`` calls within a second are refused, as AWS does.
"""

import argparse
import asyncio
import bisect
import json
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from bench.log_lines import Published, published

MEGABYTE: Final = 1_048_576
MOST_EVENTS: Final = 10_000
HEAD: Final = (
    "HTTP/1.1 {status}\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {length}\r\n\r\n"
)


@dataclass
class Log:
    """``empty_every``: each so-manieth page is empty and has a token, as AWS's may."""

    events: list[Published]
    delay: float = 0.0
    rate: int = 0
    empty_every: int = 0
    counts: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(("requests", "throttled", "events"), 0)
    )

    def __post_init__(self) -> None:
        self._times = [event.at for event in self.events]
        self._bodies = [
            json.dumps(
                {
                    "logStreamName": "a",
                    "timestamp": event.at,
                    "message": event.text,
                    "ingestionTime": event.at + 900,
                    "eventId": f"{number:056d}",
                }
            ).encode()
            for number, event in enumerate(self.events)
        ]
        self._recent: deque[float] = deque()

    def page(self, request: dict[str, Any]) -> bytes:
        begin, end = self._range(request)
        number = self.counts["requests"]
        if self.empty_every and number % self.empty_every == 0 and "nextToken" not in request:
            return b'{"events": [], "nextToken": "%d %d"}' % (begin, end)
        size, last = 0, begin
        while last < end and last - begin < MOST_EVENTS and size + len(self._bodies[last]) <= MEGABYTE:
            size += len(self._bodies[last]) + 2
            last += 1
        self.counts["events"] += last - begin
        token = b', "nextToken": "%d %d"' % (last, end) if last < end else b""
        return b'{"events": [' + b", ".join(self._bodies[begin:last]) + b"]" + token + b"}"

    def throttles(self, now: float) -> bool:
        while self._recent and self._recent[0] <= now - 1:
            self._recent.popleft()
        if self.rate and len(self._recent) >= self.rate:
            return True
        self._recent.append(now)
        return False

    def _range(self, request: dict[str, Any]) -> tuple[int, int]:
        if token := request.get("nextToken"):
            begin, end = token.split()
            return int(begin), int(end)
        begin = bisect.bisect_left(self._times, request.get("startTime", 0))
        until = request.get("endTime")
        return begin, len(self._times) if until is None else bisect.bisect_right(self._times, until)


async def serve(log: Log, port: int) -> asyncio.Server:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                await _answer(log, head, reader, writer)
        except (asyncio.IncompleteReadError, ConnectionResetError):
            writer.close()

    return await asyncio.start_server(handle, "127.0.0.1", port)


async def _answer(log: Log, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    sent = await reader.readexactly(int(lengths[0].split(b":")[1]) if lengths else 0)
    if head.startswith(b"GET"):
        status, body = "200 OK", json.dumps(log.counts).encode()
    else:
        log.counts["requests"] += 1
        throttled = log.throttles(asyncio.get_running_loop().time())
        await asyncio.sleep(log.delay)
        if throttled:
            log.counts["throttled"] += 1
            status, body = "400 Bad Request", b'{"__type": "ThrottlingException", "message": "Rate exceeded"}'
        else:
            status, body = "200 OK", log.page(json.loads(sent))
    writer.write(HEAD.format(status=status, length=len(body)).encode() + body)
    await writer.drain()


async def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.log_server", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--until", default="", help="ISO 8601; default: now")
    parser.add_argument("--hours", type=float, default=30.0, help="over which the events are spread")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds that each answer takes")
    parser.add_argument("--rate", type=int, default=0, help="calls a second that are allowed; 0: any number")
    parser.add_argument("--empty-every", type=int, default=0)
    options = parser.parse_args()
    until = datetime.fromisoformat(options.until) if options.until else datetime.now().astimezone()
    begin, seconds = until - timedelta(hours=options.hours), options.hours * 3600
    events = list(published(events=options.events, seed=options.seed, begin=begin, seconds=seconds))
    log = Log(events, delay=options.delay, rate=options.rate, empty_every=options.empty_every)
    server = await serve(log, options.port)
    print(f"listens on http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
