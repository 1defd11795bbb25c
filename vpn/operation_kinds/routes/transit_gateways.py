"""Endpoints that are attached to a transit gateway instead of subnets of a VPC.

Admin guide, "Transit gateway attachments" (2026): they have neither subnets nor security groups nor a VPC, and which
transit gateway it is can't be changed. Their associations are Availability Zones.
"""

from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operations.plan.plan import Text


def has_transit_gateway(endpoint: Endpoint) -> bool:
    return bool(endpoint.settings.get("TransitGatewayConfiguration"))


def why_transit_gateway(endpoint: Endpoint) -> Text:
    """Why what is about subnets can't be done; empty for an endpoint that has subnets.

    What the portal can't put back it doesn't take away: a pause would have nothing to resume by.
    """
    if not has_transit_gateway(endpoint):
        return ""
    return _(
        "This endpoint is attached to a transit gateway and has no subnets. The portal can't do this there yet; use "
        "AWS's console."
    )
