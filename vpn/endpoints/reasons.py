"""The texts of every reason why a chain breaks, and of every error id of AWS calls."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from vpn.aws.errors import AccessDenied, refused_action
from vpn.endpoints.egress import EgressReason

REASONS: dict[str, Promise] = {
    EgressReason.NO_TARGET_NETWORK: _(
        "No subnet is associated with the endpoint. Nobody can connect until one is."
    ),
    EgressReason.NOT_ASSOCIATED: _("The subnet is not associated (yet, or any more)."),
    EgressReason.NO_ENDPOINT_ROUTE: _("The endpoint has no active route 0.0.0.0/0 for this subnet."),
    EgressReason.NO_AUTHORIZATION_RULE: _(
        "No authorization rule allows 0.0.0.0/0, so nobody reaches the internet."
    ),
    EgressReason.NO_ROUTE_TABLE: _("The subnet's route table was not found."),
    EgressReason.NO_DEFAULT_ROUTE: _("The subnet's route table has no default route."),
    EgressReason.BLACKHOLE: _("The default route leads to something that no longer exists (blackhole)."),
    EgressReason.INTERNET_GATEWAY: _(
        "The default route leads to an internet gateway: the address is not fixed."
    ),
    EgressReason.OTHER_TARGET: _(
        "The default route leads to something that is no NAT gateway, where the portal can't follow it."
    ),
    EgressReason.TRANSIT_GATEWAY: _(
        "Internet traffic leaves through a transit gateway, where the portal can't follow it. Unless its addresses are "
        "declared, the fixed IP address isn't known."
    ),
    EgressReason.ADDRESSES_DECLARED: _(
        "Declared by an administrator: the portal can't follow the way to this address itself."
    ),
    EgressReason.NAT_GATEWAY_GONE: _("The NAT gateway no longer exists."),
    EgressReason.NAT_GATEWAY_NOT_AVAILABLE: _("The NAT gateway is not available."),
    EgressReason.NAT_GATEWAY_PRIVATE: _("The NAT gateway is private: it does not lead to the internet."),
    EgressReason.NO_ADDRESS: _("The NAT gateway has no Elastic IP address."),
    EgressReason.ADDRESS_MANAGED_BY_AWS: _(
        "AWS manages an address of the NAT gateway: it may change by itself."
    ),
    EgressReason.ADDRESSES_MAY_GROW: _(
        "The NAT gateway is regional and grows by itself: AWS may add an address that no site allows."
    ),
    EgressReason.SPLIT_TUNNEL: _(
        "Split tunnel: only destinations that the endpoint has routes for go this way."
    ),
    EgressReason.IPV6_NOT_TRANSLATED: _(
        "IPv6 traffic keeps the client's own address: it has no fixed egress IP."
    ),
}

# Of endpoints that have Availability Zones of a transit gateway instead of subnets
ZONE_REASONS: dict[str, Promise] = {
    EgressReason.NO_TARGET_NETWORK: _(
        "No Availability Zone is associated with the endpoint. Nobody can connect until one is."
    ),
    EgressReason.NOT_ASSOCIATED: _("The Availability Zone is not associated (yet, or any more)."),
    EgressReason.NO_ENDPOINT_ROUTE: _(
        "The endpoint has no active route to the internet through its transit gateway."
    ),
}


def reason_text(reason: str, *, zones: bool = False) -> Promise:
    """``zones``: the endpoint has Availability Zones of a transit gateway instead of subnets."""
    return (ZONE_REASONS.get(reason) if zones else None) or REASONS[reason]


ERRORS: dict[str, Promise] = {
    "aws-access-denied": _("AWS refused: the portal's role lacks a permission."),
    "aws-credentials": _("The portal's AWS credentials are missing, wrong or expired."),
    "aws-not-found": _("AWS no longer knows it."),
    "aws-throttled": _("AWS asked us to slow down. The portal tries again by itself."),
    "aws-unavailable": _("AWS did not answer, or answered with an error of its own."),
    "aws-answer-broken": _("AWS's answer broke off."),
    "aws-failed": _("AWS refused the call."),
    "aws-already-exists": _("AWS has it already."),
    "aws-already-gone": _("AWS doesn't have it any more."),
    "aws-limit-reached": _("AWS's quota is used up."),
    "aws-busy": _("AWS is busy with other changes of this endpoint. The portal tries again by itself."),
    "aws-token-reused": _("AWS has seen this request before, with other values, and refused it."),
    "aws-not-associated": _("The endpoint needs an associated subnet for this."),
    "aws-still-associated": _("Subnets are still associated with the endpoint. Disassociate them first."),
    "aws-subnet-unusable": _(
        "AWS doesn't take this subnet: it is unknown or in another account, its Availability Zone has one already, "
        "or its network overlaps with the addresses of the clients."
    ),
    "aws-request-invalid": _("AWS doesn't take a value of the request."),
    "certificate-unreadable": _("What was answered can't be read as a certificate."),
    "certificate-not-reachable": _(
        "The portal couldn't reach its own address from inside, so it doesn't know its TLS certificate."
    ),
    "aws-log-class": _(
        "The log group's class is not Standard, so AWS doesn't let it be read event by event. Name a log group of"
        " class Standard at the endpoint: a log group's class can't be changed. What is in the old one can be searched"
        " in CloudWatch Logs."
    ),
    "metrics-incomplete": _(
        "CloudWatch had an error of its own and left something out. The portal tries again by itself."
    ),
    "aws-dry-run-passed": _("AWS confirmed the permission. Nothing was changed."),
}


LACKS_PERMISSION: Final = gettext_noop("AWS refused: the portal's role lacks the permission %(action)s.")


def error_text(error_id: str, message: str = "") -> str:
    """Why a call to AWS failed, in words; a general sentence for an id without any.

    ``message`` is AWS's own, which of a refusal names the action: whoever gives the permission must know which.
    """
    if error_id == AccessDenied.id and (action := refused_action(message)):
        return gettext(LACKS_PERMISSION) % {"action": action}
    return str(ERRORS.get(error_id, ERRORS["aws-failed"]))
