"""Creating and deleting a route."""

from dataclasses import asdict, dataclass

from django.utils.translation import gettext_noop

from vpn.aws import client_vpn, client_vpn_changes, snapshots
from vpn.operation_kinds.routes.fields import route_text
from vpn.operations.base.step import Observation, Step, StepContext, StepState


@dataclass(frozen=True)
class _Route(Step):
    destination_cidr: str
    target_subnet: str

    @property
    def detail(self) -> str:
        return route_text(self.destination_cidr, self.target_subnet)

    def found(self, context: StepContext) -> snapshots.Route | None:
        routes = client_vpn.routes(context.client, endpoint_id=context.endpoint_id)
        wanted = (self.destination_cidr, self.target_subnet)
        return next(
            (route for route in routes if (route.destination_cidr, route.target_subnet) == wanted), None
        )


@dataclass(frozen=True)
class CreateRoute(_Route):
    """AWS: creating → active, or failed."""

    title = gettext_noop("Create the route")
    begin_title = gettext_noop("Begin to create the route")
    aws_call = "create_route"
    description: str = ""

    @property
    def key(self) -> str:
        return f"create-route:{self.destination_cidr}:{self.target_subnet}"

    def observe(self, context: StepContext) -> Observation:
        route = self.found(context)
        if route is None:
            return Observation(StepState.NOT_DONE)
        states = {"active": StepState.DONE, "failed": StepState.FAILED, "deleting": StepState.IN_PROGRESS}
        return Observation(
            states.get(route.status, StepState.IN_PROGRESS),
            asdict(route),
            route.status,
            aws_message=route.message,
        )

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.create_route(
            context.client,
            endpoint_id=context.endpoint_id,
            destination_cidr=self.destination_cidr,
            target_subnet=self.target_subnet,
            description=self.description,
            token=context.client_token,
            dry_run=dry_run,
        )


@dataclass(frozen=True)
class DeleteRoute(_Route):
    """AWS: deleting, then it is no longer listed."""

    title = gettext_noop("Delete the route")
    begin_title = gettext_noop("Begin to delete the route")
    aws_call = "delete_route"

    @property
    def key(self) -> str:
        return f"delete-route:{self.destination_cidr}:{self.target_subnet}"

    def observe(self, context: StepContext) -> Observation:
        route = self.found(context)
        if route is None:
            return Observation(StepState.DONE)
        state = StepState.IN_PROGRESS if route.status == "deleting" else StepState.NOT_DONE
        return Observation(state, asdict(route), route.status)

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.delete_route(
            context.client,
            endpoint_id=context.endpoint_id,
            destination_cidr=self.destination_cidr,
            target_subnet=self.target_subnet,
            dry_run=dry_run,
        )
