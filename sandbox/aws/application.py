"""The WSGI application: the control API under /sandbox/, faults, and moto behind them."""

import io
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Final

from werkzeug.test import run_wsgi_app
from werkzeug.wrappers import Response

from sandbox.aws import moto_adapter, own_services
from sandbox.aws.cloudformation.actions import CloudFormation
from sandbox.aws.control_api import ControlApi
from sandbox.aws.dependencies import USED_BY, in_use
from sandbox.aws.errors import AwsError
from sandbox.aws.faults import AwsFault, AwsFaults
from sandbox.aws.people_api import advance_all
from sandbox.aws.trail_records import is_recorded, trail_event, trail_region
from sandbox.aws.wire import AwsRequest, error_response, read_aws_request
from sandbox.aws.world import WORLD

# Enough for a demo that runs all day; tests clear the list before they count.
REMEMBERED_CALLS: Final = 20_000
# As CloudTrail writes it of what CloudFormation does for somebody.
CLOUDFORMATION: Final = "cloudformation.amazonaws.com"


@dataclass(frozen=True)
class RecordedCall:
    """One AWS call that came in; tests count them."""

    at: float
    service: str
    action: str
    account: str
    region: str
    status: int


class AwsApplication:
    """``stopping`` wakes requests that a fault holds back, so that a server can stop at once."""

    def __init__(self) -> None:
        self.faults = AwsFaults()
        self.stopping = threading.Event()
        self.calls: deque[RecordedCall] = deque(maxlen=REMEMBERED_CALLS)
        self._resets = 0
        self._control = ControlApi(faults=self.faults, calls=self.calls, reset=self.reset)
        self._moto = moto_adapter.application()
        self._cloudformation = CloudFormation(self._for_stack, moto_adapter.account_resources)

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path.startswith("/sandbox/"):
            return self._control(environ, start_response)
        # Moto's own reset knows nothing of Client VPN, whose state would outlive the VPCs it refers to.
        if path == "/moto-api/reset":
            WORLD.reset()
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        # The body is read here to see which action it is; moto must be able to read it again.
        environ["wsgi.input"] = io.BytesIO(body)
        request = read_aws_request(environ, body)
        came_at, resets = WORLD.clock.now(), self._resets
        account = moto_adapter.account_for_key(request.access_key)
        self._cloudformation.advance()
        fault = self.faults.suffer(request, account)
        response = self._suffering(environ, request, fault) if fault else self._answer(environ, request)
        # A slow call that a reset has overtaken came in before it.
        if request.action and resets == self._resets:
            self._record(environ, body, request, account, response)
            self.calls.append(
                RecordedCall(
                    came_at, request.service, request.action, account, request.region, response.status_code
                )
            )
        return response(environ, start_response)

    def _for_stack(self, access_key: str) -> Callable[[dict[str, Any]], Response]:
        """Calls that CloudFormation makes in the name of who called it.

        Faults spare them, and IAM isn't asked: the sandbox checks who may call CloudFormation, no more.
        """

        def answer(environ: dict[str, Any]) -> Response:
            body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            environ["wsgi.input"] = io.BytesIO(body)
            request = read_aws_request(environ, body)
            refusal = self._in_use(request)
            if refusal:
                return error_response(request, refusal.code, refusal.message)
            response = self._ask_moto(environ, request)
            account = moto_adapter.account_for_key(access_key)
            self._record(environ, body, request, account, response, invoked_by=CLOUDFORMATION)
            return response

        return answer

    def _record(
        self,
        environ: dict[str, Any],
        body: bytes,
        request: AwsRequest,
        account: str,
        response: Response,
        *,
        invoked_by: str = "",
    ) -> None:
        """Into CloudTrail's event history, what changes something; calls that were refused too."""
        if not is_recorded(request.service, request.action):
            return
        environ = {**environ, "wsgi.input": io.BytesIO(body)}
        with WORLD.lock:
            now = WORLD.clock.now()
            principal = moto_adapter.principal_for_key(account, request.access_key, now=now)
            event = trail_event(
                service=request.service,
                action=request.action,
                region=request.region,
                account=account,
                params=moto_adapter.request_params(request.service, request.action, environ, body),
                principal=replace(principal, invoked_by=invoked_by) if invoked_by else principal,
                source_ip=environ.get("REMOTE_ADDR", ""),
                user_agent=environ.get("HTTP_USER_AGENT", ""),
                response=response,
                at=now,
                delay=WORLD.pace.trail if WORLD.trail_delay is None else WORLD.trail_delay,
            )
            region = WORLD.region(account, trail_region(request.service, request.region))
            region.trail.events.append(event)

    def _suffering(self, environ: dict[str, Any], request: AwsRequest, fault: AwsFault) -> Response:
        if fault.kind == "error":
            return error_response(request, fault.code, fault.message, fault.status)
        if fault.kind == "drop":
            # Werkzeug takes this for a client that went away, and says nothing more.
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError("Dropped on demand")
        if fault.kind == "cut":
            # The call itself takes effect: a client can't tell from half an answer that nothing happened.
            whole = self._answer(environ, request).get_data()
            return _broken(whole[: len(whole) // 2], len(whole))
        # Not time.sleep: a server that stops must not wait for the slowest answer.
        self.stopping.wait(fault.seconds)
        return self._answer(environ, request)

    def _answer(self, environ: dict[str, Any], request: AwsRequest) -> Response:
        """Moto's answer, unless an endpoint needs what is to be deleted or the sandbox has its own."""
        refusal = self._refusal(environ, request) or self._in_use(request)
        if refusal:
            return error_response(request, refusal.code, refusal.message)
        if request.service == "logs":
            # What has happened until now is in the log before somebody reads it.
            with WORLD.lock:
                advance_all()
        own = own_services.answer(request, moto_adapter.account_for_key(request.access_key))
        if own is not None:
            return own
        if request.service == "cloudformation" and request.action:
            return self._ask_cloudformation(environ, request)
        return self._ask_moto(environ, request)

    def _ask_cloudformation(self, environ: dict[str, Any], request: AwsRequest) -> Response:
        body = environ["wsgi.input"].getvalue()
        params = moto_adapter.request_params(request.service, request.action, environ, body)
        region = WORLD.region(moto_adapter.account_for_key(request.access_key), request.region)
        try:
            answer = self._cloudformation.answer(region, request.action, params, request.access_key)
        except AwsError as error:
            return error_response(request, error.code, error.message)
        return moto_adapter.query_response(request.service, request.action, answer)

    def _ask_moto(self, environ: dict[str, Any], request: AwsRequest) -> Response:
        """Moto's HTML page for what it doesn't know becomes an error that boto3 understands."""
        chunks, status, headers = run_wsgi_app(self._moto, environ, buffered=True)
        response = Response(b"".join(chunks), status, headers)
        if response.status_code >= 500 and response.mimetype == "text/html" and request.action:
            message = f"The sandbox does not model {request.service} {request.action} with these parameters"
            return error_response(request, "NotModelled", message)
        return response

    def _refusal(self, environ: dict[str, Any], request: AwsRequest) -> AwsError | None:
        """What IAM says, of calls that name their action (moto asks about the others), then the request's form."""
        body = environ["wsgi.input"].getvalue()
        account = moto_adapter.account_for_key(request.access_key)
        try:
            if request.action:
                moto_adapter.authorize(environ, body, request, account)
        except AwsError as error:
            return error
        return moto_adapter.unfit_request(request)

    def _in_use(self, request: AwsRequest) -> AwsError | None:
        if (request.service, request.action) not in USED_BY:
            return None
        with WORLD.lock:
            return in_use(
                request, WORLD.region(moto_adapter.account_for_key(request.access_key), request.region)
            )

    def reset(self) -> None:
        """Everything as at the start: moto's state, Client VPN's, faults, the clock."""
        moto_adapter.reset()
        WORLD.reset()
        self.faults.clear()
        self._resets += 1
        self.calls.clear()


def _broken(part: bytes, promised: int) -> Response:
    """Less than the Content-Length says: the client sees the connection break off."""
    response = Response(part, 200, content_type="text/xml;charset=UTF-8")
    # Werkzeug would correct the length to that of the half, and the client would take it for the whole.
    response.automatically_set_content_length = False
    response.headers["Content-Length"] = str(promised)
    return response
