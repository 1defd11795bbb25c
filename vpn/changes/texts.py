"""A change in words: what was changed, from what to what."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.text import with_note
from vpn.changes.reversal import changed_settings
from vpn.directory.queries import GroupNames
from vpn.endpoints.differences import FAILED
from vpn.endpoints.models import ChangedPart, EndpointChange
from vpn.endpoints.reasons import REASONS
from vpn.operation_kinds.endpoint_settings.fields import SETTING_NAMES
from vpn.operation_kinds.endpoint_settings.value_texts import value_text
from vpn.operations.endpoint_settings import current_settings


@dataclass(frozen=True)
class ChangedValue:
    """``label`` may be empty: the change's heading says what it is."""

    label: str
    before: str
    after: str


def heading(change: EndpointChange, names: GroupNames) -> str:
    """What was changed and how, such as “Route deleted: 0.0.0.0/0 → subnet-0a1b”."""
    match change.part:
        case ChangedPart.SETTING:
            labels = [str(SETTING_NAMES[name]) for name in changed_settings(change) if name in SETTING_NAMES]
            return _("Setting changed: %(what)s") % {"what": _(", ").join(labels) or change.subject}
        case ChangedPart.TAG:
            return _("Tag changed: %(what)s") % {"what": change.subject}
        case ChangedPart.EGRESS:
            return _("The way to the internet of %(what)s changed") % {"what": change.subject}
        case ChangedPart.CERTIFICATE:
            return _("Certificate replaced: %(what)s") % {"what": change.subject}
        case ChangedPart.POLICY:
            return _policy_heading(change)
    what = _item_text(change, change.after or change.before, names)
    return _headings()[change.part][_direction(change)] % {"what": what}


def _policy_heading(change: EndpointChange) -> str:
    if change.before is None:
        return _("Authorization policy written")
    return _("Authorization policy deleted") if change.after is None else _("Authorization policy changed")


def _direction(change: EndpointChange) -> int:
    """0: new, 1: gone, 2: changed, 3: AWS couldn't."""
    if change.before is None:
        return 0
    if change.after is None:
        return 1
    return 3 if change.after.get("status") in FAILED else 2


def _headings() -> dict[str, tuple[str, ...]]:
    return {
        ChangedPart.ROUTE: (
            _("Route created: %(what)s"),
            _("Route deleted: %(what)s"),
            _("Route changed: %(what)s"),
            _("AWS couldn't create the route: %(what)s"),
        ),
        ChangedPart.RULE: (
            _("Access authorized: %(what)s"),
            _("Access revoked: %(what)s"),
            _("Authorization rule changed: %(what)s"),
            _("AWS couldn't authorize the access: %(what)s"),
        ),
        ChangedPart.NETWORK: (
            _("Subnet associated: %(what)s"),
            _("Subnet disassociated: %(what)s"),
            _("Security groups changed: %(what)s"),
            _("AWS couldn't associate the subnet: %(what)s"),
        ),
        ChangedPart.ENDPOINT: (
            _("Endpoint new, or tagged for the portal: %(what)s"),
            _("Endpoint deleted, or without its tag: %(what)s"),
            "%(what)s",
            "%(what)s",
        ),
    }


def _item_text(change: EndpointChange, fields: Mapping[str, Any], names: GroupNames) -> str:
    match change.part:
        case ChangedPart.ROUTE:
            target = fields["target_subnet"] or fields.get("attachment_id")
            return f"{fields['destination_cidr']} → {target or '–'}"
        case ChangedPart.RULE:
            group = fields["group_id"]
            return f"{fields['destination_cidr']} ← {names.label(group) if group else _('Everyone')}"
        case ChangedPart.NETWORK:
            return str(fields["subnet_id"] or fields.get("availability_zone", ""))
    return str(fields["label"])


def changed_values(change: EndpointChange, names: GroupNames) -> list[ChangedValue]:
    """Each value before and after; “–” where there is none."""
    match change.part:
        case ChangedPart.SETTING:
            return _setting_values(change)
        case ChangedPart.TAG:
            return [ChangedValue("", change.before or "–", change.after or "–")]
        case ChangedPart.EGRESS:
            return [ChangedValue("", _egress_text(change.before), _egress_text(change.after))]
        case ChangedPart.POLICY:
            return _policy_values(change.before or {}, change.after or {})
        case ChangedPart.CERTIFICATE:
            return [ChangedValue("", _joined(change.before), _joined(change.after))]
    if change.before is None or change.after is None:
        there = _existing_text(change, change.after or change.before, names)
        return [ChangedValue("", there if change.before else "–", there if change.after else "–")]
    return _field_values(change.before, change.after)


def shown_values(change: EndpointChange, names: GroupNames) -> list[ChangedValue]:
    """Beside the heading, which names what is new or gone: of that, only its description is left to say."""
    items = {ChangedPart.ROUTE, ChangedPart.RULE, ChangedPart.NETWORK, ChangedPart.ENDPOINT}
    if change.part not in items or (change.before is not None and change.after is not None):
        return changed_values(change, names)
    described = [str((fields or {}).get("description") or "–") for fields in (change.before, change.after)]
    return [] if described == ["–", "–"] else [ChangedValue(_("Description"), *described)]


def _setting_values(change: EndpointChange) -> list[ChangedValue]:
    known = [name for name in changed_settings(change) if name in SETTING_NAMES]
    if not known:
        return [ChangedValue("", _raw(change.before), _raw(change.after))]
    was, now = (
        current_settings({} if value is None else {change.subject: value})
        for value in (change.before, change.after)
    )
    # One that is named in the heading needs no label of its own.
    return [
        ChangedValue(
            str(SETTING_NAMES[name]) if len(known) > 1 else "",
            str(value_text(name, was[name])),
            str(value_text(name, now[name])),
        )
        for name in known
    ]


def _existing_text(change: EndpointChange, fields: Mapping[str, Any], names: GroupNames) -> str:
    text = _item_text(change, fields, names)
    return with_note(text, fields.get("description", ""))


def _field_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ChangedValue]:
    labels = {"description": _("Description"), "security_groups": _("Security groups")}
    if after["status"] in FAILED:
        labels |= {"status": _("Status"), "message": pgettext("from AWS", "Message")}
    return [
        ChangedValue(label, _raw(before.get(name)), _raw(after.get(name)))
        for name, label in labels.items()
        if before.get(name) != after.get(name)
    ]


def _policy_values(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ChangedValue]:
    labels = {
        "document": _("Policy (Cedar)"),
        "shadow_mode": _("Shadow mode"),
        "description": _("Description"),
    }
    return [
        ChangedValue(label, _raw(before.get(name)), _raw(after.get(name)))
        for name, label in labels.items()
        if before.get(name) != after.get(name)
    ]


def _egress_text(fields: Mapping[str, Any]) -> str:
    way = " → ".join(filter(None, (fields["via"], _(", ").join(fields["addresses"]))))
    reasons = [str(REASONS[reason]) for reason in fields["reasons"] if reason in REASONS]
    return "\n".join(filter(None, (way, *reasons))) or "–"


def _joined(value: Any) -> str:
    return _(", ").join(value or ()) or "–"


def _raw(value: Any) -> str:
    """As AWS writes it."""
    if value is None or value == [] or value == "":
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return _(", ").join(f"{name}: {_raw(part)}" for name, part in value.items())
    if isinstance(value, list | tuple):
        return _(", ").join(map(_raw, value))
    return str(value)
