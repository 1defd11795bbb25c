"""What bench/search.py asks, each time of somebody or something else; Django is set up when this is imported."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from random import Random
from typing import Any, Final

from django.db.models import Q

from vpn.attribution.queries import connections_during
from vpn.connection_log.models import Connection, ConnectionUser
from vpn.connection_log.search import queries
from vpn.connection_log.search.conditions import ConnectionSearch, OutcomeFilter, PagePosition
from vpn.connection_log.search.limits import limited

PAGE: Final = 50
PAGE_1000: Final = PAGE * 999
ENDPOINT: Final = "cvpn-endpoint-00000000000000001"


@dataclass(frozen=True)
class Question:
    """One question: ours, DuckDB's WHERE, what ripgrep and jq look for. ``skip``: rows before the page."""

    run: Callable[[], object]
    where: str
    grep: str = ""
    jq: str = "."
    skip: int = 0


class Questions:
    def __init__(self, until: datetime, draw: Random) -> None:
        self.until, self.draw = until, draw
        lately = Connection.objects.filter(at__gte=until - timedelta(days=9))
        self.names = list(ConnectionUser.objects.order_by("pk").values_list("username", flat=True))
        self.addresses = [str(address) for address in lately.values_list("device_ip", flat=True)[:4000]]
        newest = Connection.objects.order_by("-at", "-connection_id").values_list("at", "connection_id")
        self.marks = list(newest[PAGE_1000 - 500 : PAGE_1000 + 500])

    def all(self) -> Iterator[tuple[str, Callable[[], Question]]]:
        yield "newest of all", self.everything
        yield "a person's last 30 days", self.person
        yield "part of a name, 400 days", self.part_of_a_name
        yield "a source IP, 400 days", self.source
        yield "a client CIDR, 30 days", self.client_block
        yield "failures of a day", self.failures
        yield "combined, 30 days", self.combined
        yield "who was connected at T", self.at_a_moment
        yield "page 1,000 of all", self.page_1000

    def everything(self) -> Question:
        return Question(_page(self._search(400)), self._since(400))

    def person(self) -> Question:
        name = self.draw.choice(self.names)
        run = _page(self._search(30, words=(name,)))
        return Question(run, f"{self._since(30)} AND username = '{name}'", f'"username" : "{name}"')

    def part_of_a_name(self) -> Question:
        part = self.draw.choice(self.names)[2:6]
        run = _page(self._search(400, words=(part,)))
        return Question(run, f"username LIKE '%{part}%'", f'"username" : "[^"]*{part}')

    def source(self) -> Question:
        address = self.draw.choice(self.addresses)
        run = _page(self._search(400, device_ip=ip_network(address)))
        return Question(run, f"device_ip = '{address}'", f'"device-ip" : "{address}"')

    def client_block(self) -> Question:
        third = self.draw.randrange(250)
        run = _page(self._search(30, client_ip=ip_network(f"10.8.{third}.0/24")))
        where = f"{self._since(30)} AND client_ip LIKE '10.8.{third}.%'"
        return Question(run, where, rf'"client-ip" : "10\.8\.{third}\.')

    def failures(self) -> Question:
        day = self.until - timedelta(days=self.draw.randrange(1, 30))
        run = _page(ConnectionSearch(day, day + timedelta(days=1), outcome=OutcomeFilter.FAILED))
        where = f"status IN ('failed', 'unfinished') AND at >= '{day}' AND at < '{day + timedelta(days=1)}'"
        failed = 'select(."connection-attempt-status" != "NA")'
        return Question(run, where, f'"connection-start-time" : "{day:%Y-%m-%d}', failed)

    def combined(self) -> Question:
        part = self.draw.choice(self.names)[2:6]
        conditions = {"device_type": "win", "outcome": OutcomeFilter.ENDED, "bytes_from": 2**20}
        run = _page(self._search(30, words=(part,), client_ip=ip_network("10.8.0.0/17"), **conditions))
        where = (
            f"{self._since(30)} AND username LIKE '%{part}%' AND device_type = 'win' AND status = 'ended'"
            " AND ingress_bytes + egress_bytes >= 1048576 AND split_part(client_ip, '.', 3)::int < 128"
        )
        return Question(run, where, f'"username" : "[^"]*{part}', 'select(."device-type" == "win")')

    def at_a_moment(self) -> Question:
        moment = self.until - timedelta(hours=self.draw.randrange(30, 700))
        before = moment - timedelta(days=1)

        def run() -> object:
            with limited():
                return connections_during(
                    Q(endpoint_id=ENDPOINT), moment, moment + timedelta(seconds=1), limit=PAGE
                )

        where = (
            f"endpoint_id = '{ENDPOINT}' AND status IN ('open', 'ended') AND at >= '{before}' AND at <= '{moment}'"
            f" AND (ended_at IS NULL OR ended_at >= '{moment}')"
        )
        text = f"{moment:%Y-%m-%d %H:%M:%S}"
        jq = f'select(."connection-start-time" <= "{text}" and ."connection-end-time" >= "{text}")'
        return Question(run, where, f'"connection-start-time" : "({moment:%Y-%m-%d}|{before:%Y-%m-%d})', jq)

    def page_1000(self) -> Question:
        mark = PagePosition(*self.draw.choice(self.marks))
        return Question(_page(self._search(400), mark), self._since(400), skip=PAGE_1000)

    def _search(self, days: int, **conditions: Any) -> ConnectionSearch:
        return ConnectionSearch(self.until - timedelta(days=days), self.until, **conditions)

    def _since(self, days: int) -> str:
        return f"at >= '{(self.until - timedelta(days=days)).isoformat()}'"


def _page(search: ConnectionSearch, before: PagePosition | None = None) -> Callable[[], object]:
    def run() -> object:
        with limited():
            return queries.newest(search, limit=PAGE, before=before)

    return run
