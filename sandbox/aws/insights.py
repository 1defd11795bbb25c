"""CloudWatch Logs Insights, as far as it is used here: fields, filter, sort and limit over JSON lines. Pure.

User guide "CloudWatch Logs Insights language query syntax". Known in a filter: ``and``, ``or``, brackets, ``like`` with
a text or a regular expression, ``=``, isIpv4InSubnet() and isIpv6InSubnet(). Anything else is refused, as AWS refuses
what it doesn't know.
"""

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any, Final

TOKEN: Final = re.compile(
    r"\s*(?:(?P<field>`[^`]*`)|(?P<regex>/(?:\\.|[^/\\\n])*/)|(?P<text>\"(?:\\.|[^\"\\])*\")"
    r"|(?P<word>[@\w.]+)|(?P<sign>[|(),=]))"
)
# API reference, StartQuery: 10,000 rows if the query names no limit.
DEFAULT_LIMIT: Final = 10_000
Test = Callable[[dict[str, Any]], bool]


class Malformed(Exception):
    """What AWS calls MalformedQueryException."""


@dataclass(frozen=True)
class Event:
    """``timestamp`` in milliseconds."""

    timestamp: int
    message: str
    pointer: str


@dataclass(frozen=True)
class Answer:
    rows: list[dict[str, str]]
    matched: int
    scanned: int
    bytes_scanned: int


@dataclass(frozen=True)
class Token:
    kind: str
    text: str


def run(query: str, events: Iterable[Event], *, limit: int = DEFAULT_LIMIT) -> Answer:
    """Raises Malformed."""
    parsed = _Parser(_tokens(query)).query()
    events = list(events)
    matching = [(event, fields) for event in events if parsed.test(fields := _fields(event))]
    # Padded on the left, so that numbers of different length sort as numbers do.
    matching.sort(key=lambda pair: str(pair[1].get(parsed.sort, "")).rjust(20), reverse=parsed.descending)
    rows = [
        {name: str(fields[name]) for name in parsed.fields if name in fields} | {"@ptr": event.pointer}
        for event, fields in matching[: min(limit, parsed.limit)]
    ]
    size = sum(len(event.message.encode(errors="replace")) for event in events)
    return Answer(rows, matched=len(matching), scanned=len(events), bytes_scanned=size)


def _fields(event: Event) -> dict[str, Any]:
    """Those of a JSON object are discovered; whatever is no text is its JSON."""
    own = {"@timestamp": event.timestamp, "@message": event.message}
    try:
        parsed = json.loads(event.message)
    except ValueError:
        return own
    if not isinstance(parsed, dict):
        return own
    return own | {
        name: value if isinstance(value, str) else json.dumps(value) for name, value in parsed.items()
    }


def _tokens(query: str) -> list[Token]:
    tokens, position, query = [], 0, query.rstrip()
    while position < len(query):
        match = TOKEN.match(query, position)
        if match is None or match.lastgroup is None:
            raise Malformed(f"unexpected symbol at character {position}")
        tokens.append(Token(match.lastgroup, match[match.lastgroup]))
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self.fields: list[str] = ["@timestamp", "@message"]
        self.tests: list[Test] = []
        self.sort, self.descending, self.limit = "@timestamp", True, DEFAULT_LIMIT * 10

    def query(self) -> "_Parser":
        self._command()
        while self._tokens:
            self._expect("sign", "|")
            self._command()
        return self

    def test(self, fields: dict[str, Any]) -> bool:
        return all(test(fields) for test in self.tests)

    def _command(self) -> None:
        match self._next("word").lower():
            case "fields":
                self.fields = [self._name()]
                while self._accept("sign", ","):
                    self.fields.append(self._name())
            case "filter":
                self.tests.append(self._any())
            case "sort":
                self.sort = self._name()
                self.descending = not self._accept("word", "asc") and (self._accept("word", "desc") or True)
            case "limit":
                self.limit = int(self._next("word"))
            case other:
                raise Malformed(f"unknown command {other}")

    def _any(self) -> Test:
        tests = [self._all()]
        while self._accept("word", "or"):
            tests.append(self._all())
        return lambda fields: any(test(fields) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._accept("word", "and"):
            tests.append(self._one())
        return lambda fields: all(test(fields) for test in tests)

    def _one(self) -> Test:
        if self._accept("sign", "("):
            inside = self._any()
            self._expect("sign", ")")
            return inside
        if self._tokens and self._tokens[0].text in {"isIpv4InSubnet", "isIpv6InSubnet"}:
            return self._in_subnet()
        name = self._name()
        if self._accept("word", "like"):
            return self._like(name)
        self._expect("sign", "=")
        text = json.loads(self._next("text"))
        return lambda fields: fields.get(name) == text

    def _like(self, name: str) -> Test:
        if self._tokens and self._tokens[0].kind == "regex":
            try:
                expression = re.compile(self._next("regex")[1:-1])
            except re.error as error:
                raise Malformed(str(error)) from error
            return lambda fields: name in fields and expression.search(str(fields[name])) is not None
        text = json.loads(self._next("text"))
        return lambda fields: text in str(fields.get(name, ""))

    def _in_subnet(self) -> Test:
        version = 4 if self._next("word") == "isIpv4InSubnet" else 6
        self._expect("sign", "(")
        name = self._name()
        self._expect("sign", ",")
        network = ip_network(json.loads(self._next("text")))
        self._expect("sign", ")")

        def within(fields: dict[str, Any]) -> bool:
            try:
                address = ip_address(str(fields.get(name, "")))
            except ValueError:
                return False
            return address.version == version and address in network

        return within

    def _name(self) -> str:
        if self._tokens and self._tokens[0].kind == "field":
            return self._next("field")[1:-1]
        return self._next("word")

    def _next(self, kind: str) -> str:
        if not self._tokens or self._tokens[0].kind != kind:
            raise Malformed(f"expected a {kind}, not {self._tokens[0].text if self._tokens else 'the end'}")
        return self._tokens.pop(0).text

    def _accept(self, kind: str, text: str) -> bool:
        accepted = (
            bool(self._tokens) and self._tokens[0].kind == kind and self._tokens[0].text.lower() == text
        )
        if accepted:
            self._tokens.pop(0)
        return accepted

    def _expect(self, kind: str, text: str) -> None:
        if not self._accept(kind, text):
            raise Malformed(f"expected {text}")
