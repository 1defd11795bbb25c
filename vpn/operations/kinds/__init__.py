"""Every kind of operation there is. A kind that is added here has its pages, its API and its command."""

from typing import Final

from vpn.operations.kinds.associate_target_network import AssociateTargetNetworkKind
from vpn.operations.kinds.authorize_ingress import AuthorizeIngressKind
from vpn.operations.kinds.base import Kind
from vpn.operations.kinds.create_route import CreateRouteKind
from vpn.operations.kinds.delete_route import DeleteRouteKind
from vpn.operations.kinds.disassociate_target_network import DisassociateTargetNetworkKind
from vpn.operations.kinds.modify_endpoint import ModifyEndpointKind
from vpn.operations.kinds.refresh_snapshots import RefreshSnapshotsKind
from vpn.operations.kinds.revoke_ingress import RevokeIngressKind
from vpn.operations.kinds.terminate_connection import TerminateConnectionKind

# In the order of the page that offers them
KINDS: Final[tuple[Kind, ...]] = (
    TerminateConnectionKind(),
    AuthorizeIngressKind(),
    RevokeIngressKind(),
    CreateRouteKind(),
    DeleteRouteKind(),
    ModifyEndpointKind(),
    AssociateTargetNetworkKind(),
    DisassociateTargetNetworkKind(),
    RefreshSnapshotsKind(),
)


def kind_of(slug: str) -> Kind:
    """Raises LookupError for one that this version doesn't have."""
    for kind in KINDS:
        if kind.slug == slug:
            return kind
    raise LookupError(slug)
