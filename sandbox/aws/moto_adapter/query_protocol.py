"""Answers of services of the query protocol that moto doesn't give itself."""

from collections.abc import Mapping
from typing import Any

from moto.core.serialize import QuerySerializer
from moto.core.utils import get_service_model
from werkzeug.wrappers import Response


def query_response(service: str, action: str, result: Mapping[str, Any]) -> Response:
    """XML as botocore's model of the action has it."""
    operation = get_service_model(service).operation_model(action)
    answer = QuerySerializer(operation).serialize(dict(result))
    return Response(answer["body"], answer["status_code"], content_type="text/xml")
