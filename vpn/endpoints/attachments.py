"""Attachments of endpoints to transit gateways: their states as AWS tells them, and what each means for people.

Transit gateway guide, "Client VPN attachments": AWS makes the attachment with the endpoint. Where another account has
the transit gateway, its owner must accept it before traffic can flow.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import structlog
from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.aws import network, snapshots
from vpn.aws.errors import AwsError
from vpn.endpoints.models import Endpoint
from vpn.endpoints.places import has_transit_gateway
from vpn.endpoints.reasons import error_text

if TYPE_CHECKING:
    from vpn.aws.session import EC2Client

SOURCE: Final = "transit-gateways"
# DescribeTransitGatewayAttachments writes states as pendingAcceptance, the Client VPN actions as pending-acceptance.
MEANINGS: Final[dict[str, tuple[str, Promise]]] = {
    "available": ("ok", _("The attachment to the transit gateway is available.")),
    "pending": (
        "info",
        _("AWS is making the attachment to the transit gateway. Nobody can connect until it is."),
    ),
    "pendingAcceptance": (
        "warn",
        _(
            "The attachment waits: the owner of the transit gateway (account %(owner)s) must accept it. Nobody can "
            "connect until then. Command: aws ec2 accept-transit-gateway-client-vpn-attachment "
            "--transit-gateway-attachment-id %(id)s"
        ),
    ),
    "rejected": (
        "out",
        _(
            "The owner of the transit gateway (account %(owner)s) has rejected the attachment: nobody can connect. "
            "AWS deletes a rejected attachment after a while."
        ),
    ),
    "deleting": ("out", _("The attachment to the transit gateway is being deleted: nobody can connect.")),
    "deleted": ("out", _("The attachment to the transit gateway was deleted: nobody can connect.")),
    "failed": ("out", _("AWS couldn't make the attachment to the transit gateway: nobody can connect.")),
}


@dataclass(frozen=True)
class AttachmentState:
    """``state`` as AWS writes it, empty where it isn't known; ``text`` says what it means, or why it isn't known."""

    attachment_id: str
    state: str
    tone: str
    text: str


def observe_attachments(
    client: "EC2Client", endpoints: Iterable[snapshots.EndpointSnapshot]
) -> dict[str, dict[str, Any]]:
    """What Endpoint.attachment keeps, by endpoint id; nothing where the source is switched off. Never raises AwsError.

    One call for all; none for an account without such an endpoint.
    """
    ids = [endpoint.endpoint_id for endpoint in endpoints if endpoint.transit_gateway_id]
    if not ids or SOURCE not in settings.VPN_SOURCES:
        return {}
    try:
        attachments = network.client_vpn_attachments(client, endpoint_ids=ids)
    except AwsError as error:
        structlog.get_logger(__name__).warning("attachments not read", error=error.id, code=error.code)
        return {endpoint_id: {"error_id": error.id, "error_message": error.message} for endpoint_id in ids}
    return {
        attachment.endpoint_id: {
            "id": attachment.attachment_id,
            "state": attachment.state,
            "owner": attachment.owner,
        }
        for attachment in attachments
    }


def store_attachments(found: dict[str, dict[str, Any]]) -> None:
    """After the endpoints' own snapshot: a source that is refused keeps nothing else from being stored."""
    for endpoint in Endpoint.objects.filter(endpoint_id__in=found):
        endpoint.attachment = found[endpoint.endpoint_id]
        endpoint.save(update_fields=["attachment"])


def attachment_state(endpoint: Endpoint) -> AttachmentState | None:
    """None: the endpoint has no transit gateway."""
    if not has_transit_gateway(endpoint):
        return None
    configuration = endpoint.settings["TransitGatewayConfiguration"]
    attachment_id = str(configuration.get("TransitGatewayAttachmentId", ""))
    stored = endpoint.attachment
    state = stored.get("state", "")
    if SOURCE not in settings.VPN_SOURCES:
        text = gettext("The state isn't known: reading attachments is switched off (VPN_SOURCES).")
        return AttachmentState(attachment_id, "", "unknown", text)
    if not state:
        error_id = stored.get("error_id", "")
        reason = error_text(error_id, stored.get("error_message", "")) if error_id else ""
        text = gettext("The state of the attachment isn't known.")
        return AttachmentState(attachment_id, "", "unknown", f"{text} {reason}" if reason else text)
    tone, meaning = MEANINGS.get(state, ("unknown", _("AWS calls the state of the attachment %(state)s.")))
    values = {"owner": stored.get("owner", ""), "id": attachment_id, "state": state}
    return AttachmentState(attachment_id, state, tone, str(meaning) % values)
