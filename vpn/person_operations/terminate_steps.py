"""Ending a connection."""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from vpn.aws import client_vpn, client_vpn_changes
from vpn.operations.base.step import Observation, Step, StepContext, StepState


@dataclass(frozen=True)
class TerminateConnection(Step):
    """AWS: terminating → terminated. The client may connect again by itself within seconds, as another connection."""

    title = gettext_noop("End the connection")
    aws_call = "terminate_connection"
    connection_id: str
    who: str = ""

    @property
    def key(self) -> str:
        return f"terminate:{self.connection_id}"

    @property
    def detail(self) -> str:
        return f"{self.who} {self.connection_id}".strip()

    def observe(self, context: StepContext) -> Observation:
        """AWS lists an ended connection for 60 minutes; one that is not listed at all has ended before that."""
        listed = client_vpn.connections(context.client, endpoint_id=context.endpoint_id)
        status = next(
            (connection.status for connection in listed if connection.connection_id == self.connection_id), ""
        )
        seen = {"connection_id": self.connection_id, "status": status}
        states = {
            "": StepState.DONE,
            "terminated": StepState.DONE,
            "active": StepState.NOT_DONE,
            "terminating": StepState.IN_PROGRESS,
        }
        return Observation(states.get(status, StepState.FAILED), seen, status)

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.terminate_connection(
            context.client,
            endpoint_id=context.endpoint_id,
            connection_id=self.connection_id,
            dry_run=dry_run,
        )
