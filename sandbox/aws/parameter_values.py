"""Whether the values of a request fit botocore's model: integers, booleans and enums, whatever the action.

EC2 API reference, "Common client error codes": InvalidParameterValue.
"""

import re
from collections.abc import Mapping
from typing import Final

from botocore.model import ListShape, Shape, StringShape, StructureShape

from sandbox.aws.errors import AwsError, invalid

# Moto takes every boolean but "true" for false, in any case, and breaks at an integer that is none.
READABLE: Final = {
    "boolean": re.compile("true|false", re.IGNORECASE),
    "integer": re.compile("-?[0-9]+"),
}


def unfit_value(form: Mapping[str, str], shape: Shape) -> AwsError | None:
    """What AWS says of the first value that doesn't fit ``shape``, the action's input; ``form`` as on the wire."""
    # A dry run looks at permission only, but DryRun itself must be readable, and so must what moto reads with it.
    with_enums = form.get("DryRun", "").lower() != "true"
    for name, value in form.items():
        found = _shape_at(shape, name)
        if found is not None and not _fits(value, found, with_enums=with_enums):
            return invalid(f"Value ({value}) for parameter {name} is invalid")
    return None


def _shape_at(shape: Shape, name: str) -> Shape | None:
    """The shape of a parameter such as ``Authentication.1.Type``; None: the action has no such parameter."""
    for part in name.split("."):
        if isinstance(shape, StructureShape) and part in (members := _members(shape)):
            shape = members[part]
        elif isinstance(shape, ListShape) and part.isdigit():
            shape = shape.member
        else:
            return None
    return shape


def _members(shape: StructureShape) -> dict[str, Shape]:
    """By their names on the wire, which EC2's protocol begins with a capital."""
    named = ((member.serialization.get("name", name), member) for name, member in shape.members.items())
    return {f"{name[0].upper()}{name[1:]}": member for name, member in named}


def _fits(value: str, shape: Shape, *, with_enums: bool) -> bool:
    if isinstance(shape, StructureShape | ListShape):
        # Without a value it is how some clients write that there is nothing in it.
        return not value
    if isinstance(shape, StringShape) and shape.enum:
        return not with_enums or value in shape.enum
    pattern = READABLE.get(shape.type_name)
    return pattern is None or pattern.fullmatch(value) is not None
