"""What the sandbox AWS answers to its callers: errors, halves, late or nothing."""

from dataclasses import asdict
from typing import Any

from sandbox.aws.control import Control, SandboxError
from sandbox.network.faults.catalogue import ASSOCIATION
from sandbox.network.faults.fault_target import ActiveFault
from sandbox.network.faults.log_offers import LOG_ANSWERS
from sandbox.network.faults.metric_offers import METRIC_ANSWERS
from sandbox.network.faults.offers import AwsFaultFields, Offer
from sandbox.network.faults.wrong_answers import AWS_ANSWERS

ASSOCIATE = "AssociateClientVpnTargetNetwork"
# What says most about a fault that is none of ours.
TELLING = ("kind", "service", "action", "code", "region", "account", "seconds", "page", "about", "times")
ANSWERS = (*AWS_ANSWERS, *LOG_ANSWERS, *METRIC_ANSWERS)
NOT_TELLING = ("", None, 0.0, "any")


class AwsAnswers:
    def __init__(self, control: Control) -> None:
        self._control = control

    def offers(self) -> tuple[Offer, ...]:
        return ANSWERS

    def broken(self) -> list[ActiveFault]:
        return [_broken(listed) for listed in self._control.faults()]

    def cause(self, offer: Offer) -> None:
        fault = offer.fault
        if fault is None:
            raise SandboxError(f"{offer.id} is not one of AWS's answers.")
        where: dict[str, Any] = {"region": fault.region, "page": fault.page}
        match fault.kind:
            case "error":
                self._control.fail(fault.action, fault.code, **where)
            case "slow":
                self._control.slow(fault.action, fault.seconds, **where)
            case "cut":
                self._control.cut(fault.action, **where)
            case "drop":
                self._control.drop(fault.action, **where)

    def mend(self, key: str) -> None:
        self._control.heal(int(key.removeprefix("fault-")))


class Associations:
    """The control API tells nobody how many are still to fail; whether one has, is seen from the calls."""

    def __init__(self, control: Control) -> None:
        self._control = control
        self._since: float | None = None

    def offers(self) -> tuple[Offer, ...]:
        return (ASSOCIATION,)

    def broken(self) -> list[ActiveFault]:
        if self._since is not None and self._has_failed_since(self._since):
            self._since = None
        return [] if self._since is None else [ActiveFault(ASSOCIATION.id, ASSOCIATION)]

    def cause(self, offer: Offer) -> None:
        self._control.fail_associations(1)
        self._since = self._control.now()

    def mend(self, key: str) -> None:
        self._control.fail_associations(0)
        self._since = None

    def _has_failed_since(self, moment: float) -> bool:
        return any(
            call["action"] == ASSOCIATE and call["status"] == 200 and call["at"] >= moment
            for call in self._control.calls()
        )


def _broken(listed: dict[str, Any]) -> ActiveFault:
    key = f"fault-{listed['id']}"
    for offer in ANSWERS:
        # Ours have no count: a fault with one was set by somebody else through the control API.
        if offer.fault and listed["times"] is None and _is(offer.fault, listed):
            return ActiveFault(key, offer)
    detail = ", ".join(f"{name}: {listed[name]}" for name in TELLING if listed[name] not in NOT_TELLING)
    return ActiveFault(key, None, detail)


def _is(fault: AwsFaultFields, listed: dict[str, Any]) -> bool:
    return all(listed[name] == value for name, value in asdict(fault).items())
