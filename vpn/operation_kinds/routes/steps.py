"""Creating and deleting a route."""

from dataclasses import asdict, dataclass

from django.utils.translation import gettext_noop

from vpn.aws import client_vpn, client_vpn_changes, snapshots
from vpn.operations.base.step import Observation, Step, StepContext, StepState


@dataclass(frozen=True)
class _Route(Step):
    destination_cidr: str
    target_subnet: str

    @property
    def detail(self) -> str:
        return f"{self.destination_cidr} → {self.target_subnet}"

    def found(self, work: StepContext) -> snapshots.Route | None:
        routes = client_vpn.routes(work.client, endpoint_id=work.endpoint_id)
        wanted = (self.destination_cidr, self.target_subnet)
        return next((one for one in routes if (one.destination_cidr, one.target_subnet) == wanted), None)


@dataclass(frozen=True)
class CreateRoute(_Route):
    """AWS: creating → active, or failed."""

    title = gettext_noop("Create the route")
    call = "create_route"
    description: str = ""

    @property
    def key(self) -> str:
        return f"create-route:{self.destination_cidr}:{self.target_subnet}"

    def look(self, work: StepContext) -> Observation:
        route = self.found(work)
        if route is None:
            return Observation(StepState.TODO)
        states = {"active": StepState.DONE, "failed": StepState.FAILED, "deleting": StepState.MOVING}
        return Observation(
            states.get(route.status, StepState.MOVING), asdict(route), route.status, message=route.message
        )

    def act(self, work: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.create_route(
            work.client,
            endpoint_id=work.endpoint_id,
            destination_cidr=self.destination_cidr,
            target_subnet=self.target_subnet,
            description=self.description,
            token=work.token,
            dry_run=dry_run,
        )


@dataclass(frozen=True)
class DeleteRoute(_Route):
    """AWS: deleting, then it is no longer listed."""

    title = gettext_noop("Delete the route")
    call = "delete_route"

    @property
    def key(self) -> str:
        return f"delete-route:{self.destination_cidr}:{self.target_subnet}"

    def look(self, work: StepContext) -> Observation:
        route = self.found(work)
        if route is None:
            return Observation(StepState.DONE)
        state = StepState.MOVING if route.status == "deleting" else StepState.TODO
        return Observation(state, asdict(route), route.status)

    def act(self, work: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.delete_route(
            work.client,
            endpoint_id=work.endpoint_id,
            destination_cidr=self.destination_cidr,
            target_subnet=self.target_subnet,
            dry_run=dry_run,
        )
