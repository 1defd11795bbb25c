"""The connection log's own troubles: its log group, and how lines come into it."""

from contextlib import suppress
from typing import Final

from sandbox.aws.control import Control, SandboxError
from sandbox.aws.seed_vpn import log_group_name
from sandbox.company import TOKYO
from sandbox.network.faults.fault_target import ActiveFault
from sandbox.network.faults.log_offers import DUPLICATES, LATE, LOG_GROUP, MALFORMED
from sandbox.network.faults.metric_offers import LOG_STOPPED
from sandbox.network.faults.offers import Offer
from sandbox.network.faults.tokyo_network import administrator

SWITCHES: Final[dict[str, dict[str, float]]] = {
    LATE.id: {"late": 1.0},
    DUPLICATES.id: {"duplicates": 1.0, "shuffled": 0.5},
    MALFORMED.id: {"malformed": 0.5},
    LOG_STOPPED.id: {"stopped": True},
}


class LogLines:
    """Switched by the control API, for what happens from then on."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def offers(self) -> tuple[Offer, ...]:
        return (LATE, DUPLICATES, MALFORMED, LOG_STOPPED)

    def broken(self) -> list[ActiveFault]:
        now = self._control.log_switches()
        return [
            ActiveFault(offer.id, offer)
            for offer in self.offers()
            if all(now[switch] for switch in SWITCHES[offer.id])
        ]

    def cause(self, offer: Offer) -> None:
        self._control.log_switches(**SWITCHES[offer.id])

    def mend(self, key: str) -> None:
        self._control.log_switches(**dict.fromkeys(SWITCHES[key], False))


class LogGroup:
    """Looked at, deleted and made as an administrator would; while AWS is broken, what was seen last counts."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._is_there = True

    def offers(self) -> tuple[Offer, ...]:
        return (LOG_GROUP,)

    def broken(self) -> list[ActiveFault]:
        with suppress(SandboxError):
            self._is_there = self._look()
        return [] if self._is_there else [ActiveFault(LOG_GROUP.id, LOG_GROUP)]

    def _look(self) -> bool:
        with administrator("logs", self._url) as logs:
            answer = logs.describe_log_groups(logGroupNamePrefix=log_group_name(TOKYO))
        if "logGroups" not in answer:
            raise SandboxError("An answer of AWS's breaks off.")
        return bool(answer["logGroups"])

    def cause(self, offer: Offer) -> None:
        with administrator("logs", self._url) as logs:
            logs.delete_log_group(logGroupName=log_group_name(TOKYO))

    def mend(self, key: str) -> None:
        with administrator("logs", self._url) as logs:
            logs.create_log_group(logGroupName=log_group_name(TOKYO))
