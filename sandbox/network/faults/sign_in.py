"""The identity provider's outages, by its own control endpoints."""

import http.client
import json
from typing import Any, Final
from urllib.parse import urlsplit

from sandbox.aws.control import SandboxError
from sandbox.network.faults.catalogue import METADATA, SIGN_IN
from sandbox.network.faults.fault_target import ActiveFault
from sandbox.network.faults.offers import Offer

SECONDS: Final = 5.0
# How the identity provider calls what is down.
PARTS: Final = {SIGN_IN.id: "sso", METADATA.id: "metadata"}


class SignIn:
    def __init__(self, url: str) -> None:
        self._host = urlsplit(url).netloc

    def offers(self) -> tuple[Offer, ...]:
        return (SIGN_IN, METADATA)

    def broken(self) -> list[ActiveFault]:
        state = self._send("GET", "/control")
        return [ActiveFault(offer.id, offer) for offer in self.offers() if state[f"{PARTS[offer.id]}_down"]]

    def cause(self, offer: Offer) -> None:
        self._send("PUT", "/control/down", {PARTS[offer.id]: True})

    def mend(self, key: str) -> None:
        self._send("PUT", "/control/down", {PARTS[key]: False})

    def _send(self, method: str, path: str, fields: dict[str, bool] | None = None) -> dict[str, Any]:
        connection = http.client.HTTPConnection(self._host, timeout=SECONDS)
        try:
            body = None if fields is None else json.dumps(fields)
            connection.request(method, path, body, {"Content-Type": "application/json"})
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        if response.status != http.client.OK:
            raise SandboxError(f"The identity provider answered {response.status} to {method} {path}.")
        return dict(json.loads(text))
