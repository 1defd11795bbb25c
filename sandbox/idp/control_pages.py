"""What administrators do to an identity provider: as a page with buttons, and as JSON for scripts."""

import json
from typing import Any, Final

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.idp.keyring import RolloverError
from sandbox.idp.pages import page, refusal
from sandbox.idp.provider import IdentityProvider

NEXT_STEP: Final = {"one": "publish", "announced": "sign", "switched": "drop"}
PARTS: Final = frozenset({"metadata", "sso"})


class ControlPages:
    def __init__(self, provider: IdentityProvider) -> None:
        self._provider = provider
        self._steps = {
            "publish": provider.keys.publish_new_certificate,
            "sign": provider.keys.sign_with_new_certificate,
            "drop": provider.keys.drop_old_certificate,
        }

    def metadata(self, _request: Request) -> Response:
        if self._provider.metadata_down:
            return Response("", status=503, headers={"Retry-After": "60"})
        return Response(self._provider.metadata(), content_type="application/samlmetadata+xml")

    def manage(self, request: Request) -> Response:
        return page(
            request,
            "keys.html",
            provider=self._provider,
            next_step=NEXT_STEP[self._provider.keys.stage],
            steps=tuple(self._steps),
        )

    def press(self, request: Request) -> Response:
        """A button of the page: a step of the rollover, or a switch."""
        pressed = request.form.get("press", "")
        if pressed in self._steps:
            try:
                self._steps[pressed]()
            except RolloverError as error:
                return refusal(request, "out_of_turn", str(error), status=409)
        else:
            verb, _, part = pressed.partition("-")
            self._switch({part: verb == "stop"})
        return redirect("/keys", code=303)

    def state(self, _request: Request) -> Response:
        return _json(self._state())

    def step(self, _request: Request, step: str) -> Response:
        try:
            self._steps[step]()
        except RolloverError as error:
            return _json({"error": "out_of_turn", "message": str(error)}, status=409)
        return _json(self._state())

    def set_down(self, request: Request) -> Response:
        """``{"metadata": true}``: a part that isn't named stays as it is."""
        parts = _switches(request.get_json(silent=True))
        if parts is None:
            message = 'Send {"metadata": true or false, "sso": true or false}, or one of them.'
            return _json({"error": "bad_request", "message": message}, status=400)
        self._switch(parts)
        return _json(self._state())

    def _switch(self, parts: dict[str, bool]) -> None:
        self._provider.metadata_down = parts.get("metadata", self._provider.metadata_down)
        self._provider.sso_down = parts.get("sso", self._provider.sso_down)

    def _state(self) -> dict[str, Any]:
        keys = self._provider.keys
        certificates = [
            {"fingerprint": key.fingerprint, "expires": key.expires.isoformat(), "signs": key == keys.signing}
            for key in keys.published
        ]
        return {
            "entity_id": self._provider.entity_id,
            "stage": keys.stage,
            "certificates": certificates,
            "metadata_down": self._provider.metadata_down,
            "sso_down": self._provider.sso_down,
        }


def _json(value: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(value), status=status, mimetype="application/json")


def _switches(wanted: object) -> dict[str, bool] | None:
    if not isinstance(wanted, dict):
        return None
    if any(part not in PARTS or not isinstance(down, bool) for part, down in wanted.items()):
        return None
    return wanted
