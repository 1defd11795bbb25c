"""CloudWatch's metrics that say something else than what happens."""

from typing import Final

from sandbox.aws.control import Control
from sandbox.aws.seed_vpn import seeded_endpoint_id
from sandbox.company import TOKYO
from sandbox.network.faults.fault_target import ActiveFault
from sandbox.network.faults.metric_offers import CONTRADICTIONS, NAT_PORTS, TUNNEL_METRIC, UNLOGGED_FAILURES
from sandbox.network.faults.offers import Offer

# As if it had begun before: the portal judges what is a quarter of an hour old, and nobody wants to wait for that.
BEGAN_BEFORE: Final = 3600.0


class Metrics:
    def __init__(self, control: Control) -> None:
        self._control = control

    def offers(self) -> tuple[Offer, ...]:
        return (UNLOGGED_FAILURES, NAT_PORTS, TUNNEL_METRIC)

    def broken(self) -> list[ActiveFault]:
        overrides = self._control.metrics()["overrides"]
        set_now = {override["metric"] for override in overrides if override["until"] is None}
        return [
            ActiveFault(offer.id, offer) for offer in self.offers() if CONTRADICTIONS[offer.id][0] in set_now
        ]

    def cause(self, offer: Offer) -> None:
        metric, value = CONTRADICTIONS[offer.id]
        # Nobody would guess at every endpoint at once; NAT gateways and tunnels have ids of their own in each sandbox.
        resource = seeded_endpoint_id(TOKYO) if offer == UNLOGGED_FAILURES else ""
        self._control.set_metric(metric, value, resource=resource, began_before=BEGAN_BEFORE)

    def mend(self, key: str) -> None:
        self._control.free_metrics(CONTRADICTIONS[key][0])
