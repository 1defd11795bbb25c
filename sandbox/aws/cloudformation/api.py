"""The sandbox's own API as a stack calls it: boto3, whose requests go straight to the application."""

import io
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import boto3
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.model import ListShape, MapShape, Shape, StructureShape
from werkzeug.test import EnvironBuilder
from werkzeug.wrappers import Response

# Answers a request in the name of whoever has the access key; the last is the service.
Application = Callable[[dict[str, Any]], Response]
# Nobody listens there: no request of this leaves the process.
URL: Final = "http://sandbox.invalid"


class Api:
    """``api("ec2", "create_vpc", CidrBlock=…)``: boto3's answer; raises botocore's ClientError."""

    def __init__(self, application: Application, access_key: str, region: str) -> None:
        self.region = region
        self._client = cache(lambda service: _client(application, access_key, region, service))

    def __call__(self, service: str, method: str, **parameters: Any) -> dict[str, Any]:
        client = self._client(service)
        operation = client.meta.method_to_api_mapping[method]
        shape = client.meta.service_model.operation_model(operation).input_shape
        answer: dict[str, Any] = getattr(client, method)(**(_typed(shape, parameters) if shape else {}))
        return answer


def _client(application: Application, access_key: str, region: str, service: str) -> Any:
    session = boto3.session.Session(access_key, "sandbox", region_name=region)
    config = Config(retries={"total_max_attempts": 1})
    make: Any = session.client
    client = make(service, endpoint_url=URL, config=config)
    client.meta.events.register("before-send", lambda request, **_: _send(application, request))
    return client


class _Body(io.BytesIO):
    """A body as urllib3 gives it."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


def _send(application: Application, request: AWSPreparedRequest) -> AWSResponse:
    url = urlsplit(str(request.url))
    # Texts and bytes only: none of these actions takes a file.
    body: Any = request.body or b""
    builder = EnvironBuilder(
        path=url.path,
        query_string=url.query,
        base_url=URL,
        method=str(request.method),
        headers=[(name, _text(value)) for name, value in request.headers.items()],
        data=body.encode() if isinstance(body, str) else body,
    )
    response = application(builder.get_environ())
    headers: Any = response.headers
    return AWSResponse(str(request.url), response.status_code, headers, _Body(response.get_data()))


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _typed(shape: Shape, value: Any) -> Any:
    """Values as the API's model has them: a template's parameters are all texts, and YAML has numbers for texts."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        return {
            name: _typed(shape.members[name], item) if name in shape.members else item
            for name, item in value.items()
        }
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_typed(shape.member, item) for item in value]
    if isinstance(shape, MapShape) and isinstance(value, dict):
        return {name: _typed(shape.value, item) for name, item in value.items()}
    if shape.type_name == "boolean" and isinstance(value, str):
        return value.lower() == "true"
    if shape.type_name in {"integer", "long"} and isinstance(value, str):
        return int(value)
    if shape.type_name in {"double", "float"} and isinstance(value, str | int):
        return float(value)
    if shape.type_name == "string" and isinstance(value, bool | int | float):
        return str(value).lower() if isinstance(value, bool) else str(value)
    return value
