"""The diagnosis: the layers in their order, up to the first that fails."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from vpn.diagnosis.base.facts import PersonFacts
from vpn.diagnosis.base.layer import Cause, Layer, LayerId, LayerResult, LayerState
from vpn.diagnosis.layers import (
    account,
    admission,
    client,
    destination,
    egress,
    network,
    profile,
    service,
    sign_in,
    tunnel,
)

LAYERS: Final[dict[LayerId, Layer]] = {
    LayerId.SERVICE: service.check,
    LayerId.ACCOUNT: account.check,
    LayerId.PROFILE: profile.check,
    LayerId.CLIENT: client.check,
    LayerId.NETWORK: network.check,
    LayerId.SIGN_IN: sign_in.check,
    LayerId.ADMISSION: admission.check,
    LayerId.TUNNEL: tunnel.check,
    LayerId.DESTINATION: destination.check,
    LayerId.EGRESS: egress.check,
}


@dataclass(frozen=True)
class Diagnosis:
    """``results``: one for each layer, in order. ``cause`` None: no layer fails."""

    results: Sequence[LayerResult]

    @property
    def cause(self) -> Cause | None:
        return next((result.cause for result in self.results if result.cause), None)

    @property
    def unknown(self) -> list[LayerResult]:
        """Where the cause may be, if none was found."""
        return [result for result in self.results if result.state is LayerState.UNKNOWN]

    @property
    def nothing_wrong(self) -> bool:
        """Connected, and whatever can be seen without the person's own check is in order."""
        return self.cause is None and {result.layer for result in self.unknown} <= {LayerId.EGRESS}

    @property
    def questions(self) -> list[str]:
        """What to ask next; of somebody healthy, what nobody but the person can see."""
        return [result.ask for result in self.results if result.ask] if self.cause is None else []


def diagnose(facts: PersonFacts) -> Diagnosis:
    """Nothing is read and nothing is changed: the same facts give the same diagnosis."""
    results: list[LayerResult] = []
    failed = False
    for layer_id, check in LAYERS.items():
        result = LayerResult(layer_id, LayerState.UNTESTED) if failed else check(facts)
        failed = failed or result.state is LayerState.FAILS
        results.append(result)
    return Diagnosis(results)
