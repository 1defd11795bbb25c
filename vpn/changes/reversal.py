"""What takes a change back: the form of an operation, filled in, or why there is none."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from vpn.endpoints.differences import GONE, network_key, normal_setting, route_key, rule_key
from vpn.endpoints.models import ChangedPart, Endpoint, EndpointChange
from vpn.endpoints.places import place_name
from vpn.operation_kinds import get_kind
from vpn.operation_kinds.authorization_policies.fields import CHANGE, ENFORCED, SHADOW, current_policy
from vpn.operation_kinds.authorization_rules.fields import EVERYBODY, GROUP
from vpn.operation_kinds.endpoint_settings.fields import ModifyEndpointForm, form_data
from vpn.operations.base.kind import Undo
from vpn.operations.endpoint_settings import current_settings


@dataclass(frozen=True)
class Reversal:
    """``url``: the filled-in form; empty: ``why_not`` says why there is none."""

    url: str = ""
    why_not: str = ""


def reversal(change: EndpointChange) -> Reversal:
    """As the last snapshot has it: what was taken back already, or changed again, isn't offered."""
    endpoint = change.endpoint
    if not _is_still_so(change, endpoint):
        return Reversal(why_not=_("This no longer applies."))
    undo = _undo(change)
    if undo is None:
        return Reversal(why_not=_why_not(change))
    if endpoint.vanished_at is not None:
        return Reversal(why_not=_("The endpoint is gone."))
    if why := get_kind(undo.kind).why_not(endpoint):
        return Reversal(why_not=str(why))
    query = urlencode({"endpoint": endpoint.endpoint_id, **undo.data})
    return Reversal(url=f"{reverse('operation_new', args=[undo.kind])}?{query}")


def _undo(change: EndpointChange) -> Undo | None:
    match change.part:
        case ChangedPart.ROUTE:
            return _undo_route(change.before, change.after)
        case ChangedPart.RULE:
            return _undo_rule(change.before, change.after)
        case ChangedPart.NETWORK:
            return _undo_network(change.before, change.after)
        case ChangedPart.SETTING:
            return _undo_setting(change)
        case ChangedPart.POLICY:
            return _undo_policy(change)
    return None


def _undo_route(before: Any, after: Any) -> Undo | None:
    if before is None:
        return Undo("delete-route", {"route": route_key(after)})
    if after is not None:
        return None
    names = ("destination_cidr", "target_subnet", "description")
    return Undo("create-route", {name: before.get(name, "") for name in names})


def _undo_rule(before: Any, after: Any) -> Undo | None:
    if before is None:
        return Undo("revoke-ingress", {"rule": f"{after['destination_cidr']} {after['group_id']}"})
    if after is not None:
        return None
    who = GROUP if before["group_id"] else EVERYBODY
    names = ("destination_cidr", "group_id", "description")
    return Undo("authorize-ingress", {"who": who} | {name: before.get(name, "") for name in names})


def _undo_network(before: Any, after: Any) -> Undo | None:
    if before is None:
        return Undo("disassociate-target-network", {"subnet_id": place_name(after)})
    if after is None:
        return Undo("associate-target-network", {"subnet_id": place_name(before)})
    return Undo("apply-security-groups", {"security_groups": "\n".join(before["security_groups"])})


def _undo_setting(change: EndpointChange) -> Undo | None:
    names = changed_settings(change)
    was = current_settings(_member(change, change.before))
    if not names or "vpc_id" in names:
        return None
    return Undo("modify-endpoint", form_data({name: was[name] for name in names}))


def _undo_policy(change: EndpointChange) -> Undo:
    if change.before is None:
        return Undo("delete-policy")
    # The document may be too long for a link: the form takes it from the history of changes.
    mode = SHADOW if change.before["shadow_mode"] else ENFORCED
    kept = {"document_of": f"{CHANGE}:{change.pk}", "description": change.before["description"]}
    return Undo("modify-policy", {"mode": mode, **kept})


def changed_settings(change: EndpointChange) -> list[str]:
    """The fields of the form of all settings that a change of a setting is about; none for what can't be set again."""
    was, now = (current_settings(_member(change, value)) for value in (change.before, change.after))
    return [
        name for name in (*ModifyEndpointForm.base_fields, "vpc_id") if name in now and was[name] != now[name]
    ]


def _member(change: EndpointChange, value: Any) -> dict[str, Any]:
    return {} if value is None else {change.subject: value}


def _is_still_so(change: EndpointChange, endpoint: Endpoint) -> bool:
    match change.part:
        case ChangedPart.ROUTE:
            return _has(endpoint.routes, route_key, change)
        case ChangedPart.RULE:
            return _has(endpoint.authorization_rules, rule_key, change)
        case ChangedPart.NETWORK:
            return _has_network(endpoint, change)
        case ChangedPart.SETTING:
            now = normal_setting(change.subject, endpoint.settings.get(change.subject))
            return bool(now == normal_setting(change.subject, change.after))
        case ChangedPart.POLICY:
            now, then = current_policy(endpoint), change.after or {"document": ""}
            return all(now[name] == value for name, value in then.items())
        case ChangedPart.TAG:
            return bool(endpoint.tags.get(change.subject) == change.after)
    return True


def _has(items: list[dict[str, Any]], key: Any, change: EndpointChange) -> bool:
    there = any(key(item) == change.subject for item in items if item["status"] not in GONE)
    return there == (change.after is not None)


def _has_network(endpoint: Endpoint, change: EndpointChange) -> bool:
    """By the subnet or zone: whoever associates it again makes another association."""
    network: Mapping[str, Any] = change.after or change.before
    standing = [item for item in endpoint.target_networks if item["status"] not in GONE]
    if change.after is None:
        return not any(place_name(item) == place_name(network) for item in standing)
    return any(network_key(item) == change.subject for item in standing)


def _why_not(change: EndpointChange) -> str:
    match change.part:
        case ChangedPart.ROUTE | ChangedPart.RULE:
            return _("AWS can't change a description: delete it and make it again.")
        case ChangedPart.ENDPOINT if change.after is None:
            return _(
                "AWS can't bring a deleted endpoint back. If it has only lost its tag, set the tag again."
            )
    return _("No operation of the portal does that. It has to be changed in AWS.")
