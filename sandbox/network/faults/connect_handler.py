"""The client connect handler's troubles, and the versions of the clients that it sees."""

from typing import Final

from sandbox.aws import connect_handler
from sandbox.aws.control import Control
from sandbox.network.faults.fault_target import ActiveFault
from sandbox.network.faults.handler_offers import (
    BAD_CLIENT,
    BAD_SYSTEMS,
    BAD_VERSION,
    HANDLER_BLIND,
    HANDLER_FAILS,
    HANDLER_THROTTLED,
    HANDLER_TIMES_OUT,
)
from sandbox.network.faults.offers import Offer

FAULT_BY_OFFER: Final = {
    HANDLER_FAILS: connect_handler.FAILED,
    HANDLER_TIMES_OUT: connect_handler.TIMED_OUT,
    HANDLER_THROTTLED: connect_handler.NOT_CALLED[0],
    HANDLER_BLIND: connect_handler.TABLE_UNREADABLE,
}


class ConnectHandler:
    """One fault at a time: a second one takes the first one's place."""

    def __init__(self, control: Control) -> None:
        self._control = control

    def offers(self) -> tuple[Offer, ...]:
        return tuple(FAULT_BY_OFFER)

    def broken(self) -> list[ActiveFault]:
        fault = self._control.connect_handler_fault()
        if not fault:
            return []
        offers = {fault: offer for offer, fault in FAULT_BY_OFFER.items()}
        # One that isn't offered was set by somebody else through the control API.
        offer = offers.get(fault)
        return [ActiveFault(offer.id if offer else fault, offer, "" if offer else fault)]

    def cause(self, offer: Offer) -> None:
        self._control.break_connect_handler(FAULT_BY_OFFER[offer])

    def mend(self, key: str) -> None:
        self._control.break_connect_handler("")


class Clients:
    def __init__(self, control: Control) -> None:
        self._control = control

    def offers(self) -> tuple[Offer, ...]:
        return (BAD_CLIENT,)

    def broken(self) -> list[ActiveFault]:
        versions = self._control.rolled_out_clients()
        if not versions:
            return []
        is_ours = versions == dict.fromkeys(BAD_SYSTEMS, BAD_VERSION)
        detail = "" if is_ours else ", ".join(f"{system}: {version}" for system, version in versions.items())
        return [ActiveFault(BAD_CLIENT.id, BAD_CLIENT if is_ours else None, detail)]

    def cause(self, offer: Offer) -> None:
        self._control.roll_out_clients(**dict.fromkeys(BAD_SYSTEMS, BAD_VERSION))

    def mend(self, key: str) -> None:
        self._control.roll_out_clients()
