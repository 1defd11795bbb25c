"""Requests and errors as they look on the wire: EC2's and STS's XML, and the JSON of the newer services."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

from werkzeug.wrappers import Response

# Signature Version 4: the credential scope is key/date/region/service/aws4_request.
SCOPE: Final = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/aws4_request")
# These wrap an error in ErrorResponse, EC2 in Response with a list of errors.
QUERY_SERVICES: Final = frozenset({"sts", "iam", "cloudformation"})
# CloudWatch's signing name. It takes JSON and the query protocol, and answers in the one that it was asked in.
CLOUDWATCH: Final = "monitoring"
# Statuses as AWS sends them: botocore retries 500 and 503 whatever the code is.
HTTP_STATUS: Final = {
    "RequestLimitExceeded": 503,
    "Throttling": 400,
    "ThrottlingException": 400,
    "ServiceUnavailable": 503,
    "Unavailable": 503,
    "InternalError": 500,
    "InternalFailure": 500,
    "UnauthorizedOperation": 403,
    "AccessDenied": 403,
    "AccessDeniedException": 400,
    "AuthFailure": 401,
    "InvalidClientTokenId": 403,
    "SignatureDoesNotMatch": 403,
    "ExpiredToken": 403,
    "ExpiredTokenException": 400,
    "DryRunOperation": 412,
}


@dataclass(frozen=True)
class AwsRequest:
    """What a request asks for, as far as its headers and body tell."""

    service: str
    region: str
    access_key: str
    action: str
    parameters: dict[str, Any]
    is_json: bool = False

    @property
    def has_next_token(self) -> bool:
        return bool(self.parameters.get("NextToken") or self.parameters.get("nextToken"))


def read_aws_request(environ: dict[str, Any], body: bytes) -> AwsRequest:
    scope = SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
    access_key, region, service = scope.groups() if scope else ("", "", "")
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return AwsRequest(service, region, access_key, target.rpartition(".")[2], _json(body), is_json=True)
    given = parse_qs(body.decode("utf-8", "replace"), keep_blank_values=True)
    form = {key: values[0] for key, values in given.items()}
    return AwsRequest(service, region, access_key, form.get("Action", ""), form)


def _json(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body or b"{}")
    except ValueError:
        return {}
    return parsed if isinstance(parsed, dict) else {}


def form_of(request: AwsRequest) -> str:
    """How the service writes its errors: "ec2", "query" or "json"."""
    if request.service == "ec2":
        return "ec2"
    is_query = request.service in QUERY_SERVICES or (request.service == CLOUDWATCH and not request.is_json)
    return "query" if is_query else "json"


def error_response(request: AwsRequest, code: str, message: str, status: int | None = None) -> Response:
    """An error in the form of the service that was asked; the status is the code's usual one, else 400."""
    number, form = status or HTTP_STATUS.get(code, 400), form_of(request)
    if form == "ec2":
        return Response(error_xml(code, message), number, content_type="text/xml;charset=UTF-8")
    if form == "query":
        return Response(query_error_xml(code, message), number, content_type="text/xml")
    body = json.dumps({"__type": code, "message": message})
    return Response(body, number, {"x-amzn-ErrorType": code}, content_type="application/x-amz-json-1.1")


def error_xml(code: str, message: str) -> str:
    error = f"<Error><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    return f"<Response><Errors>{error}</Errors><RequestID>sandbox</RequestID></Response>"


def query_error_xml(code: str, message: str) -> str:
    error = (
        f"<Error><Type>Sender</Type><Code>{escape(code)}</Code><Message>{escape(message)}</Message></Error>"
    )
    return f"<ErrorResponse>{error}<RequestId>sandbox</RequestId></ErrorResponse>"
