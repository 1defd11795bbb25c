"""Attempts to connect: those that wait for a browser, those that fail, and the first leg of every federated one.

AWS names ``waiting-for-assertion`` and ``assertion-received`` without a sample of either. Here the first leg
is an attempt of its own: nobody knows yet whose it is, so its user is ``NA``.
"""

from dataclasses import replace
from random import SystemRandom
from typing import Any, Final

from sandbox.aws import metrics
from sandbox.aws.authentication import DIRECTORY, FEDERATED, MUTUAL
from sandbox.aws.connection_log import (
    FAILED,
    FAILURE_REASONS,
    NA,
    POLICY_DENY,
    SANDBOX_REASONS,
    UNLOGGED_REASONS,
    WAITING,
    assertion_received,
    attempted,
)
from sandbox.aws.errors import AwsError, invalid
from sandbox.aws.identifiers import new_id
from sandbox.aws.log_delivery import publish
from sandbox.aws.policy_evaluation import ATTEMPT, DENY, PERMIT, evaluate
from sandbox.aws.records import Caller, Connection, Endpoint
from sandbox.aws.states import settled
from sandbox.aws.world import Region, World

EPHEMERAL_PORTS: Final = (32768, 60999)
# A browser that is still signed in brings the assertion by itself.
ASSERTION_SECONDS: Final = 2
# Which way of signing in a failure belongs to: an endpoint without it can't fail so.
NEEDS: Final = {
    "sandbox-saml-assertion-invalid": FEDERATED,
    "sandbox-credentials-invalid": DIRECTORY,
    "sandbox-certificate-invalid": MUTUAL,
}
REASONS: Final = (*FAILURE_REASONS, *SANDBOX_REASONS, *UNLOGGED_REASONS)


def new_connection(
    world: World, caller: Caller, *, client_ip: str, at: float, client_ip_v6: str = NA
) -> Connection:
    return Connection(
        id=new_id("cvpn-connection"),
        number=world.next_number(),
        username=caller.username,
        common_name=caller.username,
        client_ip=client_ip,
        client_ip_v6=client_ip_v6,
        device_ip=caller.device_ip,
        device_type=caller.device_type,
        client_version=world.client_version(caller),
        groups=caller.groups,
        tokens=dict(caller.tokens),
        port=SystemRandom().randint(*EPHEMERAL_PORTS),
        established_at=at,
        state=settled("active"),
    )


def wait(world: World, region: Region, endpoint: Endpoint, caller: Caller, *, at: float) -> Connection:
    """The first leg: the client has opened a browser and waits."""
    if not endpoint.authenticates_by(FEDERATED):
        raise invalid("Only federated authentication waits for an assertion")
    # Before the assertion nobody has told AWS who signs in; a name here would let the portal guess wrongly.
    leg = new_connection(world, replace(caller, username=""), client_ip=NA, at=at)
    endpoint.waiting[leg.id] = leg
    publish(world, region, endpoint, attempted(endpoint, leg, status=WAITING, at=at), at=at)
    return leg


def authenticate(
    world: World, region: Region, endpoint: Endpoint, caller: Caller, *, first_leg: str, at: float
) -> str:
    """Log that the assertion came, if that is how people sign in; the id for what follows.

    ``first_leg`` is what ``wait`` began; without it, it begins and ends here.
    """
    if not endpoint.authenticates_by(FEDERATED):
        return new_id("cvpn-connection")
    if first_leg and first_leg not in endpoint.waiting:
        code = "InvalidClientVpnConnection.IdNotFound"
        raise AwsError(code, f"No attempt {first_leg} waits for an assertion")
    # Callers that don't play the browser still get both legs in the log.
    begun = first_leg or wait(world, region, endpoint, caller, at=at - ASSERTION_SECONDS).id
    leg = endpoint.waiting.pop(begun)
    publish(world, region, endpoint, assertion_received(endpoint, leg, at=at), at=at)
    return leg.id if world.log.one_federated_id else new_id("cvpn-connection")


def fail(
    world: World,
    region: Region,
    endpoint: Endpoint,
    caller: Caller,
    *,
    reason: str,
    first_leg: str,
    at: float,
) -> Connection:
    """An attempt that AWS turns away; a bad client certificate is turned away before anything is logged."""
    if reason not in REASONS:
        raise invalid(f"{reason} is not a failure reason. There are: {', '.join(REASONS)}")
    if reason in NEEDS and not endpoint.authenticates_by(NEEDS[reason]):
        raise invalid(f"Nobody signs in to {endpoint.id} in a way that ends in {reason}")
    attempt = new_connection(world, caller, client_ip=NA, at=at)
    if reason not in UNLOGGED_REASONS:
        attempt.id = authenticate(world, region, endpoint, caller, first_leg=first_leg, at=at)
    refuse(world, region, endpoint, attempt, reason=reason, at=at)
    return attempt


def refuse(
    world: World, region: Region, endpoint: Endpoint, attempt: Connection, *, reason: str, at: float
) -> None:
    """Count an attempt as failed, and log it, if AWS logs such."""
    # The one thing that CloudWatch tells of a failure that isn't logged; whether AWS counts so isn't documented.
    metric = metrics.METRIC_BY_REASON.get(reason, metrics.FAILURES)
    region.history(endpoint.id).count(metric, 1, at=at)
    if reason not in UNLOGGED_REASONS:
        attempt.evaluation = _evaluation(endpoint, attempt, reason, at=at)
        fields = attempted(endpoint, attempt, status=FAILED, reason=reason, at=at)
        publish(world, region, endpoint, fields, at=at)


def _evaluation(endpoint: Endpoint, attempt: Connection, reason: str, *, at: float) -> dict[str, Any]:
    """What the policy said; whoever asks for the policy's refusal gets one, whatever it would have said."""
    evaluation = evaluate(endpoint, attempt, kind=ATTEMPT, at=at)
    if reason == POLICY_DENY and evaluation and evaluation["result"] == PERMIT:
        status = evaluation.pop("device-token-status")
        evaluation |= {"result": DENY, "reason": "policy-deny", "device-token-status": status}
    return evaluation
