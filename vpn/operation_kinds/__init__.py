"""Every kind of operation there is. A kind that is added here has its pages, its API and its command."""

from datetime import timedelta
from typing import Final

from vpn.operation_kinds.authorization_policies.delete_policy import DeletePolicyKind
from vpn.operation_kinds.authorization_policies.enforce_policy import EnforcePolicyKind
from vpn.operation_kinds.authorization_policies.modify_policy import ModifyPolicyKind
from vpn.operation_kinds.authorization_rules.authorize_ingress import AuthorizeIngressKind
from vpn.operation_kinds.authorization_rules.revoke_ingress import RevokeIngressKind
from vpn.operation_kinds.endpoint_settings.modify_endpoint import ModifyEndpointKind
from vpn.operation_kinds.endpoints.copy_endpoint import CopyEndpointKind
from vpn.operation_kinds.endpoints.delete_endpoint import DeleteEndpointKind
from vpn.operation_kinds.endpoints.refresh_snapshots import RefreshSnapshotsKind
from vpn.operation_kinds.office_routes.give_office_route import GiveOfficeRouteKind
from vpn.operation_kinds.office_routes.take_office_route import TakeOfficeRouteKind
from vpn.operation_kinds.prefix_lists.sync_prefix_list import SyncPrefixListKind
from vpn.operation_kinds.revocation_lists.export_revocation_list import ExportRevocationListKind
from vpn.operation_kinds.revocation_lists.import_revocation_list import ImportRevocationListKind
from vpn.operation_kinds.routes.create_route import CreateRouteKind
from vpn.operation_kinds.routes.delete_route import DeleteRouteKind
from vpn.operation_kinds.target_networks.apply_security_groups import ApplySecurityGroupsKind
from vpn.operation_kinds.target_networks.associate_target_network import AssociateTargetNetworkKind
from vpn.operation_kinds.target_networks.disassociate_target_network import DisassociateTargetNetworkKind
from vpn.operation_kinds.target_networks.pause_endpoint import PauseEndpointKind
from vpn.operation_kinds.target_networks.resume_endpoint import ResumeEndpointKind
from vpn.operations.base.kind import OperationKind, Undo
from vpn.operations.models import Operation
from vpn.operations.refusals import OtherVersion
from vpn.person_operations.block_person import BlockPersonKind
from vpn.person_operations.terminate_connection import TerminateConnectionKind
from vpn.person_operations.terminate_person import TerminatePersonKind
from vpn.person_operations.unblock_person import UnblockPersonKind

# In the order of the page that offers them
KINDS: Final[tuple[OperationKind, ...]] = (
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
    ModifyPolicyKind(),
    EnforcePolicyKind(),
    DeletePolicyKind(),
    ModifyEndpointKind(),
    PauseEndpointKind(),
    ResumeEndpointKind(),
    ApplySecurityGroupsKind(),
    AssociateTargetNetworkKind(),
    DisassociateTargetNetworkKind(),
    SyncPrefixListKind(),
    CopyEndpointKind(),
    DeleteEndpointKind(),
    RefreshSnapshotsKind(),
)


def get_kind(slug: str) -> OperationKind:
    """Raises LookupError for one that this version doesn't have."""
    for kind in KINDS:
        if kind.slug == slug:
            return kind
    raise LookupError(slug)


def get_undo(operation: Operation) -> Undo | None:
    """What takes it back; None too for a kind or for parameters that this version doesn't have."""
    try:
        return get_kind(operation.kind).undo(operation)
    except (LookupError, TypeError, ValueError):
        return None


def get_form_data(operation: Operation) -> dict[str, str] | None:
    """What its form was filled in with; None for a kind or for parameters that this version doesn't have."""
    try:
        return get_kind(operation.kind).form_data(operation)
    except (LookupError, TypeError, ValueError):
        return None


def get_time_limit(operation: Operation) -> timedelta:
    """How long it may take. Raises OtherVersion."""
    try:
        return get_kind(operation.kind).time_limit_for(operation.parameters)
    except LookupError as error:
        raise OtherVersion from error
