"""What people see: choosing who signs in, the way back to the portal, and signing out."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from werkzeug.utils import redirect
from werkzeug.wrappers import Request, Response

from sandbox.company import GROUPS, PEOPLE, Person
from sandbox.idp import cases, logout
from sandbox.idp.authn_request import (
    AuthnRequest,
    RefusedRequest,
    loopback_origin,
    read_authn_request,
    read_logout_request,
)
from sandbox.idp.cases import CASES, Case, CaseGroup
from sandbox.idp.pages import page, refusal
from sandbox.idp.provider import Claims, IdentityProvider, claims_typed
from sandbox.idp.texts import WHAT

BY_EMAIL: Final = {person.email: person for person in PEOPLE}
GROUPED: Final = tuple((group, tuple(case for case in CASES if case.group == group)) for group in CaseGroup)


@dataclass(frozen=True)
class SignInRequest:
    """An AuthnRequest and the fields it came in, which the page carries on to the answer."""

    authn: AuthnRequest
    fields: dict[str, str]


class SsoPages:
    def __init__(self, provider: IdentityProvider) -> None:
        self._provider = provider

    def sso(self, request: Request) -> Response:
        if self._provider.sso_down:
            return _unavailable(request)
        sign_in = _read_sign_in_request(request, deflated=request.method == "GET")
        kept = [(name, value) for name, value in sign_in.fields.items() if name != "deflated"]
        return page(
            request,
            "sso.html",
            kept=kept,
            fields=sign_in.fields,
            service=urlsplit(sign_in.authn.acs_url).netloc,
            people=[(person, WHAT[person.what]) for person in PEOPLE],
            groups=GROUPS,
            grouped_cases=GROUPED,
        )

    def answer(self, request: Request) -> Response:
        if self._provider.sso_down:
            return _unavailable(request)
        sign_in = _read_sign_in_request(request, deflated=request.form.get("deflated") == "yes")
        case = _case(request)
        fields = case.post(self._provider.spec(sign_in.authn, _who(request)), self._provider)
        if "RelayState" in sign_in.fields:
            fields["RelayState"] = sign_in.fields["RelayState"]
        return page(
            request,
            "answer.html",
            form_origin=loopback_origin(sign_in.authn.acs_url),
            kept=request.form.items(multi=True),
            acs_url=sign_in.authn.acs_url,
            fields=fields,
            twice=case.times > 1,
        )

    def slo(self, request: Request) -> Response:
        """A LogoutRequest is answered by a signed LogoutResponse; a LogoutResponse ends here."""
        if self._provider.sso_down:
            return _unavailable(request)
        if "SAMLRequest" not in request.args:
            return page(request, "signed_out.html") if "SAMLResponse" in request.args else _nothing(request)
        logout_request = read_logout_request(request.args["SAMLRequest"])
        message = logout.response(
            self._provider.entity_id, logout.service_url(logout_request.issuer), logout_request
        )
        return redirect(logout.redirect_url(message, self._provider.key, request.args.get("RelayState")))


def _read_sign_in_request(request: Request, *, deflated: bool) -> SignInRequest:
    message = request.values.get("SAMLRequest")
    if not message:
        raise RefusedRequest("nothing_asked")
    fields = {"SAMLRequest": message, "deflated": "yes" if deflated else "no"}
    if "RelayState" in request.values:
        fields["RelayState"] = request.values["RelayState"]
    return SignInRequest(read_authn_request(message, deflated=deflated), fields)


def _case(request: Request) -> Case:
    identifier = request.form.get("case", "good")
    if identifier not in cases.BY_ID:
        raise RefusedRequest("unknown_case", identifier)
    return cases.BY_ID[identifier]


def _who(request: Request) -> Person | Claims:
    if "person" in request.form:
        email = request.form["person"]
        if email not in BY_EMAIL:
            raise RefusedRequest("unknown_person", email)
        return BY_EMAIL[email]
    name_id = request.form.get("name_id", "").strip()
    if not name_id:
        raise RefusedRequest("no_name_id")
    groups = (*request.form.getlist("group"), *request.form.get("other_groups", "").split())
    return claims_typed(name_id, request.form.get("name", "").strip(), groups)


def _nothing(request: Request) -> Response:
    return refusal(request, "nothing_asked")


def _unavailable(request: Request) -> Response:
    response = page(request, "unavailable.html", status=503)
    response.headers["Retry-After"] = "60"
    return response
