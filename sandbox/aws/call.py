"""One call of one Client VPN action, and what every action needs to answer it."""

from dataclasses import dataclass
from typing import Any

from sandbox.aws.account_resources import AccountResources
from sandbox.aws.errors import endpoint_not_found, missing
from sandbox.aws.pace import Pace
from sandbox.aws.records import Endpoint
from sandbox.aws.world import Region, World


@dataclass(frozen=True)
class Call:
    """``params`` are named as in botocore's input; ``now`` is one moment for the whole call."""

    action: str
    params: dict[str, Any]
    world: World
    region: Region
    resources: AccountResources
    now: float

    @property
    def pace(self) -> Pace:
        return self.world.pace

    def text(self, name: str) -> str:
        return str(self.params.get(name) or "")

    def required(self, name: str) -> str:
        if not self.text(name):
            raise missing(name)
        return self.text(name)

    def endpoint(self) -> Endpoint:
        """The endpoint that ``ClientVpnEndpointId`` names; a deleted one is gone."""
        endpoint_id = self.required("ClientVpnEndpointId")
        endpoint = self.region.endpoints.get(endpoint_id)
        if not endpoint:
            raise endpoint_not_found(endpoint_id)
        return endpoint
