"""Every kind of operation there is. A kind that is added here has its pages, its API and its command."""

from datetime import timedelta
from typing import Final

from vpn.operations.kinds.apply_security_groups import ApplySecurityGroupsKind
from vpn.operations.kinds.associate_target_network import AssociateTargetNetworkKind
from vpn.operations.kinds.authorize_ingress import AuthorizeIngressKind
from vpn.operations.kinds.base import Kind, Undo
from vpn.operations.kinds.block_person import BlockPersonKind
from vpn.operations.kinds.copy_endpoint import CopyEndpointKind
from vpn.operations.kinds.create_route import CreateRouteKind
from vpn.operations.kinds.delete_endpoint import DeleteEndpointKind
from vpn.operations.kinds.delete_route import DeleteRouteKind
from vpn.operations.kinds.disassociate_target_network import DisassociateTargetNetworkKind
from vpn.operations.kinds.export_revocation_list import ExportRevocationListKind
from vpn.operations.kinds.give_office_route import GiveOfficeRouteKind
from vpn.operations.kinds.import_revocation_list import ImportRevocationListKind
from vpn.operations.kinds.modify_endpoint import ModifyEndpointKind
from vpn.operations.kinds.pause_endpoint import PauseEndpointKind
from vpn.operations.kinds.refresh_snapshots import RefreshSnapshotsKind
from vpn.operations.kinds.resume_endpoint import ResumeEndpointKind
from vpn.operations.kinds.revoke_ingress import RevokeIngressKind
from vpn.operations.kinds.take_office_route import TakeOfficeRouteKind
from vpn.operations.kinds.terminate_connection import TerminateConnectionKind
from vpn.operations.kinds.terminate_person import TerminatePersonKind
from vpn.operations.kinds.unblock_person import UnblockPersonKind
from vpn.operations.models import Operation
from vpn.operations.transitions import OtherVersion

# In the order of the page that offers them
KINDS: Final[tuple[Kind, ...]] = (
    BlockPersonKind(),
    UnblockPersonKind(),
    TerminateConnectionKind(),
    TerminatePersonKind(),
    ImportRevocationListKind(),
    ExportRevocationListKind(),
    GiveOfficeRouteKind(),
    TakeOfficeRouteKind(),
    AuthorizeIngressKind(),
    RevokeIngressKind(),
    CreateRouteKind(),
    DeleteRouteKind(),
    ModifyEndpointKind(),
    PauseEndpointKind(),
    ResumeEndpointKind(),
    ApplySecurityGroupsKind(),
    AssociateTargetNetworkKind(),
    DisassociateTargetNetworkKind(),
    CopyEndpointKind(),
    DeleteEndpointKind(),
    RefreshSnapshotsKind(),
)


def kind_of(slug: str) -> Kind:
    """Raises LookupError for one that this version doesn't have."""
    for kind in KINDS:
        if kind.slug == slug:
            return kind
    raise LookupError(slug)


def undo_of(operation: Operation) -> Undo | None:
    """What takes it back; None too for a kind or for parameters that this version doesn't have."""
    try:
        return kind_of(operation.kind).undo(operation)
    except (LookupError, TypeError, ValueError):
        return None


def deadline_of(operation: Operation) -> timedelta:
    """How long it may take. Raises OtherVersion."""
    try:
        return kind_of(operation.kind).deadline_of(operation.parameters)
    except LookupError as error:
        raise OtherVersion from error
