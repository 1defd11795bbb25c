"""Plain HTTP to the identity provider: one request, no redirects followed."""

import http.client
import json as json_module
from dataclasses import dataclass
from email.message import Message
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    text: str


def get(url: str, *, language: str = "en", cookie: str = "") -> Answer:
    return _send("GET", url, headers={"Accept-Language": language, "Cookie": cookie})


def post(url: str, fields: list[tuple[str, str]] | dict[str, str], *, language: str = "en") -> Answer:
    headers = {"Accept-Language": language, "Content-Type": "application/x-www-form-urlencoded"}
    return _send("POST", url, urlencode(fields), headers)


def send_json(method: str, url: str, value: object = None) -> Answer:
    return _send(method, url, json_module.dumps(value), {"Content-Type": "application/json"})


def _send(method: str, url: str, body: str | None = None, headers: dict[str, str] | None = None) -> Answer:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        target = parts._replace(scheme="", netloc="").geturl()
        connection.request(method, target, body.encode() if body is not None else None, headers or {})
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read().decode())
    finally:
        connection.close()


class Form(HTMLParser):
    """The last form of a page that leads to ``action``: its method and its hidden fields."""

    def __init__(self, page: str, action: str) -> None:
        super().__init__()
        self._action = action
        self._inside = False
        self.method = ""
        self.fields: dict[str, str] = {}
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = given.get("action") == self._action
            self.method = given.get("method", "") if self._inside else self.method
        elif tag == "input" and self._inside and given.get("type") == "hidden":
            self.fields[given["name"]] = given["value"]
