"""AuthorizeClientVpnIngress, RevokeClientVpnIngress, DescribeClientVpnAuthorizationRules.

EC2 API reference of the three actions; admin guide, "Client VPN authorization rules", and "Modify a Client VPN
endpoint": a change of rules resets the connections, here when it has come through.
"""

from typing import Any, Final

from sandbox.aws.call import Call
from sandbox.aws.errors import AwsError, combination
from sandbox.aws.idempotency import idempotent
from sandbox.aws.networks import destination, network
from sandbox.aws.paging import filtered, page
from sandbox.aws.records import Endpoint, Rule
from sandbox.aws.service_quotas import quota
from sandbox.aws.states import moving

# Service Quotas' code; admin guide, "Client VPN quotas".
RULES_PER_ENDPOINT: Final = "L-9A1BC94B"
GROUP_ID_LENGTH: Final = 255


def authorize_client_vpn_ingress(call: Call) -> dict[str, Any]:
    return idempotent(call, _authorize)


def _authorize(call: Call) -> dict[str, Any]:
    endpoint = call.endpoint()
    given = call.required("TargetNetworkCidr")
    cidr = destination(given, "targetNetworkCidr", endpoint.ip_versions)
    group = _group(call, "AuthorizeAllGroups")
    if _find(endpoint, cidr, group):
        message = f"A rule for {cidr} and the same group exists"
        raise AwsError("InvalidClientVpnDuplicateAuthorizationRule", message)
    if len(endpoint.rules) >= quota(call.region, RULES_PER_ENDPOINT):
        message = "You have reached the limit of authorization rules of this endpoint"
        raise AwsError("ClientVpnAuthorizationRuleLimitExceeded", message)
    state = moving("authorizing", then="active", due=call.now + call.pace.authorize)
    # The reset comes when the rule takes effect, not when it is requested.
    endpoint.resets.append(call.now + call.pace.authorize)
    endpoint.rules.append(Rule(call.world.next_number(), cidr, group, call.text("Description"), state))
    return {"Status": {"Code": "authorizing"}}


def _group(call: Call, everybody: str) -> str:
    """The group id, or "" for everybody; one of the two must be said."""
    group, everyone = call.text("AccessGroupId"), bool(call.params.get(everybody))
    if group and everyone:
        raise combination(f"AccessGroupId and {everybody} cannot be used together")
    if not group and not everyone:
        word = "authorize" if everybody == "AuthorizeAllGroups" else "revoke"
        raise AwsError("MissingParameter", f"You must specify either access-group-id or {word}-all-groups")
    if len(group) > GROUP_ID_LENGTH:
        raise AwsError("InvalidParameterValue", f"AccessGroupId must be at most {GROUP_ID_LENGTH} characters")
    return group


def _find(endpoint: Endpoint, cidr: str, group: str) -> Rule | None:
    return next((rule for rule in endpoint.rules if (rule.cidr, rule.group_id) == (cidr, group)), None)


def revoke_client_vpn_ingress(call: Call) -> dict[str, Any]:
    endpoint = call.endpoint()
    cidr = network(call.required("TargetNetworkCidr"), "targetNetworkCidr")
    rule = _find(endpoint, cidr, _group(call, "RevokeAllGroups"))
    if not rule:
        message = f"There is no authorization rule for {cidr} and that group"
        raise AwsError("InvalidClientVpnEndpointAuthorizationRuleNotFound", message)
    # A second revocation is accepted, but must not put off the end of the first.
    if rule.state.at(call.now) != "revoking":
        rule.state = moving("revoking", due=call.now + call.pace.revoke)
        endpoint.resets.append(call.now + call.pace.revoke)
    return {"Status": {"Code": "revoking"}}


def describe_client_vpn_authorization_rules(call: Call) -> dict[str, Any]:
    endpoint = call.endpoint()
    values = {
        "description": lambda rule: rule.description,
        "destination-cidr": lambda rule: rule.cidr,
        "group-id": lambda rule: rule.group_id,
    }
    rules = filtered(call, endpoint.rules, values)
    return page(call, "AuthorizationRules", rules, lambda rule: _described(call, endpoint, rule))


def _described(call: Call, endpoint: Endpoint, rule: Rule) -> dict[str, Any]:
    """GroupId is there and empty for a rule for everybody, as in AWS's samples."""
    described = {
        "ClientVpnEndpointId": endpoint.id,
        "GroupId": rule.group_id,
        "AccessAll": rule.access_all,
        "DestinationCidr": rule.cidr,
        "Status": rule.state.described(call.now),
    }
    return {**described, "Description": rule.description} if rule.description else described
