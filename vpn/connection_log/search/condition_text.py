"""The conditions of a search in words, as the pages that tell of one show them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from vpn.connection_log import policy_texts, reasons
from vpn.connection_log.search import search_box
from vpn.connection_log.search.conditions import OutcomeFilter, PolicyFilter
from vpn.connection_log.search.fields import MomentField
from vpn.connection_log.search.forms import DEVICES, ConnectionSearchForm
from vpn.endpoints.models import Endpoint


@dataclass(frozen=True)
class ConditionText:
    """``name`` and ``value`` as in the query string."""

    name: str
    value: str
    label: Any
    words: str


def describe_conditions(pairs: Iterable[tuple[str, str]]) -> list[ConditionText]:
    """What the form doesn't know (any more) is left out."""
    fields = ConnectionSearchForm.base_fields
    pairs = [(name, value) for name, value in pairs if name in fields]
    labels = dict(Endpoint.objects.values_list("endpoint_id", "label")) if dict(pairs).get("endpoint") else {}
    return [
        ConditionText(name, value, fields[name].label, _words(name, value, labels)) for name, value in pairs
    ]


def describe_period(conditions: Mapping[str, Any]) -> str:
    """``since`` and ``until`` as one range; empty without them."""
    since, until = (_moment(str(conditions.get(name, ""))) for name in ("since", "until"))
    if not since and not until:
        return ""
    return _("%(since)s to %(until)s") % {"since": since or "…", "until": until or "…"}


def _words(name: str, value: str, endpoints: dict[str, str]) -> str:
    match name:
        case "q":
            return _terms(value)
        case "since" | "until":
            return _moment(value)
        case "status" if value in OutcomeFilter.values:
            return str(OutcomeFilter(value).label)
        case "policy" if value in PolicyFilter.values:
            return str(PolicyFilter(value).label)
        case "token":
            return policy_texts.token_reason_text(value)
        case "reason":
            return reasons.reason_text(value)
        case "endpoint":
            return endpoints.get(value, value)
        case "device":
            return DEVICES.get(value, value)
    return value


def _terms(text: str) -> str:
    """What the search box holds, without its qualifiers for people and addresses: these are plain to see."""
    terms = search_box.parse_terms(text)
    return " ".join(
        term.text if term.field in search_box.PLAIN_TO_SEE else f"{term.field}:{term.text}" for term in terms
    )


def _moment(value: str) -> str:
    try:
        moment = MomentField().clean(value)
    except ValidationError:
        return value
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")
