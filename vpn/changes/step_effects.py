"""Whether a step of an operation made a change: pure, of rows that were read already."""

from typing import Any, Final

from vpn.endpoints.models import ChangedPart, EndpointChange
from vpn.endpoints.places import place_name
from vpn.operations.endpoint_settings import current_settings
from vpn.operations.models import Operation, OperationStep

# The settings that AWS itself sets when the first subnet is associated, if nobody has named any.
SET_BY_ASSOCIATION: Final = frozenset({"VpcId", "SecurityGroupIds"})


def makes(change: EndpointChange, operation: Operation, step: OperationStep) -> bool:
    """``step`` has acted. It is known by its key: see the steps of vpn/operation_kinds."""
    key = step.key.removeprefix("begin:")
    # An operation that makes an endpoint beside its own has steps for the one and for the other.
    if key.startswith("new:") == (operation.endpoint_id == change.endpoint_id):
        return False
    key = key.removeprefix("new:")
    match change.part:
        case ChangedPart.ROUTE:
            return _makes_route(change, key, step)
        case ChangedPart.RULE:
            return _makes_rule(change, key)
        case ChangedPart.NETWORK:
            return _makes_network(change, key)
        case ChangedPart.SETTING:
            return _makes_setting(change, key, operation)
        case ChangedPart.POLICY:
            return _makes_policy(change, key, operation)
        case ChangedPart.ENDPOINT:
            return key == ("create-endpoint" if change.before is None else "delete-endpoint")
    return False


def _makes_route(change: EndpointChange, key: str, step: OperationStep) -> bool:
    route = change.after or change.before
    name = f"{route['destination_cidr']}:{route['target_subnet']}"
    if change.before is None:
        return key == f"create-route:{name}"
    # The routes of a subnet go with it. A transit gateway's are of no zone, and no step names them so.
    takes_subnet = key.startswith("disassociate:") and step.detail == route["target_subnet"]
    return change.after is None and (key == f"delete-route:{name}" or takes_subnet)


def _makes_rule(change: EndpointChange, key: str) -> bool:
    rule = change.after or change.before
    name = f"{rule['destination_cidr']}:{rule['group_id']}"
    if change.before is None:
        return key == f"authorize:{name}"
    return change.after is None and key == f"revoke:{name}"


def _makes_network(change: EndpointChange, key: str) -> bool:
    network = change.after or change.before
    if change.before is None:
        return key == f"associate:{place_name(network)}"
    if change.after is None:
        return key == f"disassociate:{network['association_id']}"
    return key.startswith("security-groups:") or key == "modify"


def _makes_setting(change: EndpointChange, key: str, operation: Operation) -> bool:
    if change.subject in SET_BY_ASSOCIATION and key.startswith(("associate:", "security-groups:")):
        return True
    if key != "modify":
        return False
    was, now = (_form_settings(change.subject, value) for value in (change.before, change.after))
    changed = {name for name in now if was[name] != now[name]}
    wanted = operation.parameters
    return bool(changed) and all(name in wanted and wanted[name] == now[name] for name in changed)


def _makes_policy(change: EndpointChange, key: str, operation: Operation) -> bool:
    if change.after is None:
        return key == "delete-policy"
    # Blocking a person writes a statement into the policy, and unblocking takes it out.
    if key.startswith(("forbid:", "permit:")):
        return True
    wanted = operation.parameters.get("document", change.after["document"])
    return key in {"policy", "copy-policy"} and bool(wanted == change.after["document"])


def _form_settings(member: str, value: Any) -> dict[str, Any]:
    return current_settings({} if value is None else {member: value})
