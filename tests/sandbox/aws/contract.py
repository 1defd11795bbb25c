"""Holds every EC2 answer that passes a client against botocore's model: elements, types and enums.

boto3's parser drops what it doesn't know, so the XML itself is read.
"""

import re
from collections.abc import Iterator
from typing import Any
from xml.etree.ElementTree import Element, fromstring

from botocore.model import ListShape, OperationModel, Shape, StructureShape

KINDS = {"boolean": r"true|false", "integer": r"-?\d+", "long": r"-?\d+"}


def watch(client: Any) -> None:
    """From now on an answer of a Client VPN action that breaks the model fails the call."""
    client.meta.events.register("after-call.ec2", _check)


def _check(http_response: Any, model: OperationModel, **_: Any) -> None:
    if "ClientVpn" in model.name and http_response.status_code == 200 and model.output_shape:
        problems = list(breaches(http_response.content, model))
        assert not problems, problems


def breaches(body: bytes, model: OperationModel) -> Iterator[str]:
    root = fromstring(body)  # the sandbox's own answer
    if _name(root) != f"{model.name}Response":
        yield f"the answer is called {_name(root)}"
    assert isinstance(model.output_shape, StructureShape)
    yield from _structure(
        [child for child in root if _name(child) != "requestId"], model.output_shape, model.name
    )


def _structure(children: list[Element], shape: StructureShape, path: str) -> Iterator[str]:
    members = {str(m.serialization.get("name", name)): m for name, m in shape.members.items()}
    for child in children:
        member = members.get(_name(child))
        if member is None:
            yield f"{path}: {_name(child)} is not in the model"
        else:
            yield from _value(child, member, f"{path}.{_name(child)}")


def _value(element: Element, shape: Shape, path: str) -> Iterator[str]:
    if isinstance(shape, StructureShape):
        yield from _structure(list(element), shape, path)
    elif isinstance(shape, ListShape):
        for child in element:
            if _name(child) != shape.member.serialization.get("name", "item"):
                yield f"{path}: an item is called {_name(child)}"
            yield from _value(child, shape.member, f"{path}[]")
    else:
        yield from _scalar(element.text or "", shape, path)


def _scalar(text: str, shape: Shape, path: str) -> Iterator[str]:
    allowed = shape.metadata.get("enum")
    if allowed and text not in allowed:
        yield f"{path}: {text!r} is not one of {allowed}"
    if not re.fullmatch(KINDS.get(shape.type_name, r"(?s).*"), text):
        yield f"{path}: {text!r} is no {shape.type_name}"


def _name(element: Element) -> str:
    return element.tag.rpartition("}")[2]
