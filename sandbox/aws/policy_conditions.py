"""The Condition element of a policy. IAM user guide, "IAM JSON policy elements: Condition operators". Pure."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from fnmatch import fnmatchcase
from ipaddress import ip_address, ip_network
from typing import Any, Final

Context = Mapping[str, tuple[str, ...]]


def _like(wanted: str, value: str) -> bool:
    # fnmatch's brackets mean nothing to IAM.
    return fnmatchcase(value, wanted.replace("[", "[[]"))


def _arn_like(wanted: str, value: str) -> bool:
    """Part by part: a ``*`` of one of the six doesn't reach over a colon."""
    pairs = list(zip(wanted.split(":", 5), value.split(":", 5), strict=False))
    return len(pairs) == 6 and all(_like(part, actual) for part, actual in pairs)


def _moment(text: str) -> datetime:
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return datetime.fromtimestamp(float(text), UTC)
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _in_network(wanted: str, value: str) -> bool:
    return ip_address(value) in ip_network(wanted, strict=False)


# Each takes what the policy wants and what the call has.
OPERATORS: Final[dict[str, Callable[[str, str], bool]]] = {
    "StringEquals": lambda wanted, value: wanted == value,
    "StringEqualsIgnoreCase": lambda wanted, value: wanted.casefold() == value.casefold(),
    "StringLike": _like,
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
    "Bool": lambda wanted, value: wanted.lower() == value.lower(),
    "BinaryEquals": lambda wanted, value: wanted == value,
    "IpAddress": _in_network,
    "NumericEquals": lambda wanted, value: float(value) == float(wanted),
    "NumericLessThan": lambda wanted, value: float(value) < float(wanted),
    "NumericLessThanEquals": lambda wanted, value: float(value) <= float(wanted),
    "NumericGreaterThan": lambda wanted, value: float(value) > float(wanted),
    "NumericGreaterThanEquals": lambda wanted, value: float(value) >= float(wanted),
    "DateEquals": lambda wanted, value: _moment(value) == _moment(wanted),
    "DateLessThan": lambda wanted, value: _moment(value) < _moment(wanted),
    "DateLessThanEquals": lambda wanted, value: _moment(value) <= _moment(wanted),
    "DateGreaterThan": lambda wanted, value: _moment(value) > _moment(wanted),
    "DateGreaterThanEquals": lambda wanted, value: _moment(value) >= _moment(wanted),
}
NEGATED: Final = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
    "NotIpAddress": "IpAddress",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
}


def conditions_hold(conditions: Mapping[str, Mapping[str, Any]], context: Context) -> bool:
    """All operators, and all keys of each."""
    return all(
        _holds(operator, key, wanted, context)
        for operator, keys in conditions.items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, key: str, wanted: Any, context: Context) -> bool:
    values = context.get(key.lower(), ())
    texts = [_text(value) for value in (wanted if isinstance(wanted, list) else [wanted])]
    quantifier, _, name = operator.rpartition(":")
    if name == "Null":
        return (not values) == (texts == ["true"])
    if name.endswith("IfExists"):
        if not values:
            return True
        name = name.removesuffix("IfExists")
    negated = name in NEGATED
    compare = OPERATORS.get(NEGATED.get(name, name))
    if compare is None:
        # AWS refuses such a document when it is put; a statement that nobody can read must grant nothing.
        return False

    def fits(value: str) -> bool:
        return _any_fits(compare, texts, value) != negated

    if quantifier == "ForAnyValue":
        return any(fits(value) for value in values)
    if quantifier == "ForAllValues":
        return all(fits(value) for value in values)
    # A key that the call doesn't have fits no operator but the negated ones.
    return all(fits(value) for value in values) if values else negated


def _any_fits(compare: Callable[[str, str], bool], wanted: list[str], value: str) -> bool:
    try:
        return any(compare(text, value) for text in wanted)
    # An address, number or date that is none fits nothing.
    except ValueError:
        return False


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
