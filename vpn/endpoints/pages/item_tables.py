"""The tables of an endpoint's target networks, routes and authorization rules: one shape for all three."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from portal.text import join_sentences, join_words
from vpn.directory.queries import group_names
from vpn.endpoints.attachments import AttachmentState, attachment_state
from vpn.endpoints.models import Endpoint
from vpn.endpoints.pages.context import EndpointTab, form_url
from vpn.endpoints.places import place_name, transit_gateway_id
from vpn.endpoints.statuses import StatusBadge, status_badge
from vpn.operation_kinds.authorization_rules.revoke_ingress import revocable
from vpn.operation_kinds.routes.delete_route import deletable
from vpn.operation_kinds.routes.fields import subnet_choices


@dataclass(frozen=True)
class ItemRow:
    """``sub``: below ``first``. ``message``: AWS's own. ``action_url``: what takes it away; empty where nothing can."""

    first: str
    second: str
    last: str
    status: StatusBadge
    message: str
    action_url: str
    sub: str = ""


@dataclass(frozen=True)
class ItemTable:
    """``columns``: headings of ``first``, ``second`` and ``last``; the status stands before the last.

    ``empty``: what it means that there is none. ``buttons``: slugs of kinds of operations with their labels.
    """

    anchor: str
    title: str
    lead: str
    columns: tuple[str, str, str]
    empty: str
    action: str
    buttons: tuple[tuple[str, str], ...]
    rows: tuple[ItemRow, ...]


def target_network_table(endpoint: Endpoint) -> ItemTable:
    attachment = attachment_state(endpoint)
    if attachment is not None:
        return _zone_table(endpoint, attachment)
    live = dict(subnet_choices(endpoint))
    return ItemTable(
        anchor="target-networks",
        title=str(EndpointTab.NETWORKS.label),
        lead=_("Subnets that the endpoint is associated with."),
        columns=(_("Subnet"), "VPC", _("Security groups")),
        empty=_("There is none: nobody can connect."),
        action=_("Disassociate"),
        buttons=(
            ("associate-target-network", _("Associate a subnet")),
            ("apply-security-groups", _("Security groups")),
        ),
        rows=tuple(
            _row(
                fields,
                fields["subnet_id"],
                fields.get("vpc_id", ""),
                join_words(fields.get("security_groups", ())),
                form_url("disassociate-target-network", endpoint, subnet_id=fields["subnet_id"])
                if fields["subnet_id"] in live
                else "",
                sub=fields.get("association_id", ""),
            )
            for fields in endpoint.target_networks
        ),
    )


def _zone_table(endpoint: Endpoint, attachment: AttachmentState) -> ItemTable:
    """An endpoint with a transit gateway is associated with zones, and has no security groups."""
    live = dict(subnet_choices(endpoint))
    lead = _("Availability Zones in which the endpoint is attached to its transit gateway.")
    return ItemTable(
        anchor="target-networks",
        title=str(EndpointTab.NETWORKS.label),
        lead=join_sentences(lead, attachment.text),
        columns=(_("Availability Zone"), _("Transit gateway"), _("Attachment")),
        empty=_("There is none: nobody can connect."),
        action=_("Disassociate"),
        buttons=(("associate-target-network", _("Associate a zone")),),
        rows=tuple(
            _row(
                fields,
                place_name(fields),
                transit_gateway_id(endpoint),
                attachment.attachment_id,
                form_url("disassociate-target-network", endpoint, subnet_id=place_name(fields))
                if place_name(fields) in live
                else "",
                sub=fields.get("association_id", ""),
            )
            for fields in endpoint.target_networks
        ),
    )


def route_table(endpoint: Endpoint) -> ItemTable:
    keys = {id(route): key for key, route in deletable(endpoint).items()}
    return ItemTable(
        anchor="routes",
        title=str(EndpointTab.ROUTES.label),
        lead=_("Where the endpoint sends what."),
        columns=(_("Destination"), _("Target"), _("Description")),
        empty=_("There is none."),
        action=_("Delete"),
        buttons=(("create-route", _("Create a route")),),
        rows=tuple(
            _row(
                fields,
                fields["destination_cidr"],
                fields.get("target_subnet") or fields.get("attachment_id", ""),
                # AWS describes its own as "Default Route".
                _("Made by AWS with the association")
                if fields.get("origin") == "associate"
                else fields.get("description", ""),
                form_url("delete-route", endpoint, route=keys[id(fields)]) if id(fields) in keys else "",
            )
            for fields in endpoint.routes
        ),
    )


def rule_table(endpoint: Endpoint) -> ItemTable:
    keys = {id(rule): key for key, rule in revocable(endpoint).items()}
    names = group_names()
    return ItemTable(
        anchor="rules",
        title=str(EndpointTab.RULES.label),
        lead=_("Who may reach what; the most specific destination decides."),
        columns=(_("Destination"), _("Group"), _("Description")),
        empty=_("There is none: nobody may reach anything through this endpoint."),
        action=_("Revoke"),
        buttons=(("authorize-ingress", _("Authorize access to a network")),),
        rows=tuple(
            _row(
                fields,
                fields["destination_cidr"],
                _("Everyone") if fields.get("access_all") else names.label(fields.get("group_id", "")),
                fields.get("description", ""),
                form_url("revoke-ingress", endpoint, rule=keys[id(fields)]) if id(fields) in keys else "",
            )
            for fields in endpoint.authorization_rules
        ),
    )


def _row(
    fields: Mapping[str, Any], first: str, second: str, last: str, action_url: str, *, sub: str = ""
) -> ItemRow:
    status = status_badge(fields["status"])
    return ItemRow(first, second, last, status, fields.get("message", ""), action_url, sub)
