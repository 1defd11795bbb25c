"""The identity provider's keys, and how it rolls over from one to the next in three steps."""

import json
import os
import threading
from pathlib import Path
from typing import Any, Final

from sandbox.idp.keys import SigningKey

COMMON_NAME: Final = "Example K.K. SSO (sandbox)"
FILE: Final = "keys.json"


class RolloverError(Exception):
    """A step out of turn."""


class KeyRing:
    """One or two published keys, of which one signs; kept in ``directory`` if there is one."""

    def __init__(self, directory: Path | None = None) -> None:
        self._file = directory / FILE if directory else None
        self._changing = threading.Lock()
        # Oldest first, and replaced as a whole: a request sees the state before a step or after it.
        self.published: tuple[SigningKey, ...] = ()
        self.signing: SigningKey
        if self._file and self._file.exists():
            self._load(json.loads(self._file.read_text(encoding="utf-8")))
        else:
            self.signing = SigningKey.create(COMMON_NAME)
            self._keep((self.signing,))

    @property
    def stage(self) -> str:
        """Where the rollover stands: ``one``, ``announced`` (both published) or ``switched`` (new one signs)."""
        if len(self.published) == 1:
            return "one"
        return "announced" if self.signing == self.published[0] else "switched"

    def publish_new_certificate(self) -> SigningKey:
        with self._changing:
            self._require("one", "Two certificates are published already.")
            key = SigningKey.create(COMMON_NAME)
            self._keep((*self.published, key))
            return key

    def sign_with_new_certificate(self) -> None:
        with self._changing:
            self._require("announced", "There is no second certificate that doesn't sign yet.")
            self.signing = self.published[-1]
            self._keep(self.published)

    def drop_old_certificate(self) -> None:
        with self._changing:
            self._require("switched", "The old certificate still signs.")
            self._keep(self.published[-1:])

    def _require(self, stage: str, otherwise: str) -> None:
        if self.stage != stage:
            raise RolloverError(otherwise)

    def _keep(self, published: tuple[SigningKey, ...]) -> None:
        self.published = published
        if not self._file:
            return
        self._file.parent.mkdir(parents=True, exist_ok=True)
        keys = [{"private_pem": key.private_pem, "certificate_pem": key.certificate_pem} for key in published]
        kept = json.dumps({"signing": published.index(self.signing), "published": keys})
        written = self._file.with_suffix(".new")
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(kept)
        # Renamed when whole: an interrupted write must not lose the key that the portal trusts.
        written.replace(self._file)

    def _load(self, kept: dict[str, Any]) -> None:
        self.published = tuple(SigningKey(**key) for key in kept["published"])
        self.signing = self.published[kept["signing"]]
