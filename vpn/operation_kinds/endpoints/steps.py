"""Making an endpoint, doing things in it, deleting one."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from django.utils.translation import gettext_noop

from vpn.aws import accounts, client_vpn, client_vpn_changes
from vpn.aws.answers import AuthorizationPolicy
from vpn.aws.endpoint_requests import Authentication, EndpointChanges, NewEndpoint
from vpn.aws.errors import AwsError, NotFound, is_unknown_refusal, says_there_is_none
from vpn.aws.session import ec2_client
from vpn.operations.base.step import Observation, Step, StepContext, StepState
from vpn.operations.queries import CREATE_ENDPOINT_KEY

if TYPE_CHECKING:
    from vpn.aws.session import EC2Client

# By which a later attempt finds what an earlier one has made.
OPERATION_TAG: Final = "genkan:operation"


@contextmanager
def account_client(account: str) -> "Iterator[EC2Client]":
    """Raises NotFound for an account that VPN_ACCOUNTS no longer has."""
    configured = accounts.get(account)
    if configured is None:
        raise NotFound(code="operation-account-unknown", message=account)
    with ec2_client(configured, operate=True) as client:
        yield client


@dataclass(frozen=True)
class CreateEndpoint(Step):
    """``new``: NewEndpoint's fields as JSON. AWS: pending-associate, until a target network is associated."""

    title = gettext_noop("Create the endpoint")
    aws_call = "create_endpoint"
    account: str
    new: dict[str, Any]

    @property
    def key(self) -> str:
        return CREATE_ENDPOINT_KEY

    @property
    def detail(self) -> str:
        return f"{self.account}: {self.new['tags'].get('Name', '')}"

    def observe(self, context: StepContext) -> Observation:
        with account_client(self.account) as client:
            endpoints = client_vpn.endpoints(client, tag=f"{OPERATION_TAG}={context.operation.pk}")
        if not endpoints:
            return Observation(StepState.NOT_DONE)
        seen = {"endpoint_id": endpoints[0].endpoint_id, "dns_name": endpoints[0].dns_name}
        return Observation(StepState.DONE, seen, endpoints[0].status)

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        tags = {**self.new["tags"], OPERATION_TAG: str(context.operation.pk)}
        with account_client(self.account) as client:
            client_vpn_changes.create_endpoint(
                client,
                new=new_endpoint({**self.new, "tags": tags}),
                # A dry run is the permission step's, whose row has another key.
                token=context.client_token,
                dry_run=dry_run,
            )


def new_endpoint(fields: dict[str, Any]) -> NewEndpoint:
    return NewEndpoint(
        client_cidr_block=fields["client_cidr_block"],
        transport_protocol=fields["transport_protocol"],
        authentication=[Authentication(**method) for method in fields["authentication"]],
        settings=EndpointChanges(**fields["settings"]),
        # Operations of older versions have neither.
        address_types=fields.get("address_types", {}),
        trust_providers=fields.get("trust_providers", ()),
        transit_gateway_id=fields.get("transit_gateway_id", ""),
        zones=fields.get("zones", ()),
        tags=fields["tags"],
    )


@dataclass(frozen=True)
class NewEndpointContext(StepContext):
    """A step's surroundings, in the endpoint that the operation has made."""

    made: str

    @property
    def endpoint_id(self) -> str:
        return self.made


@dataclass(frozen=True)
class NewEndpointStep(Step):
    """``inner`` in the endpoint that CreateEndpoint made. Not dry-run: there is nothing yet to be asked about."""

    account: str
    inner: Step

    def __post_init__(self) -> None:
        # The row shows the inner step's title.
        object.__setattr__(self, "title", self.inner.title)

    @property
    def key(self) -> str:
        return f"new:{self.inner.key}"

    @property
    def detail(self) -> str:
        return self.inner.detail

    def observe(self, context: StepContext) -> Observation:
        with self._there(context) as there:
            return self.inner.observe(there)

    def find_deviation(self, observation: Observation) -> str:
        return self.inner.find_deviation(observation)

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        with self._there(context) as there:
            self.inner.act(there, dry_run=dry_run)

    @contextmanager
    def _there(self, context: StepContext) -> Iterator[NewEndpointContext]:
        made = made_endpoint_id(context)
        with account_client(self.account) as client:
            yield NewEndpointContext(client, context.operation, context.row, made)


@dataclass(frozen=True)
class CopyAuthorizationPolicy(Step):
    """The original's policy, for the endpoint that CreateEndpoint made, before anybody can connect to it.

    Nothing to do where the original has none; what AWS answers then isn't documented.
    """

    title = gettext_noop("Copy the authorization policy")
    account: str

    @property
    def key(self) -> str:
        return "copy-policy"

    def observe(self, context: StepContext) -> Observation:
        try:
            source = self._source(context)
        except AwsError as error:
            if not is_unknown_refusal(error):
                raise
            # There may be none, or one that AWS didn't show: nobody says that it was copied, or that there was none.
            return Observation(StepState.DONE, {"error": {"id": error.id, "code": error.code}})
        if source is None:
            return Observation(StepState.DONE, {"unusable": "operation-no-policy"})
        with account_client(self.account) as client:
            copied = self._copied(client, made_endpoint_id(context))
        if copied is None:
            return Observation(StepState.NOT_DONE)
        seen = {"policy": True, "shadow_mode": copied.shadow_mode}
        if copied.status in {"creating", "updating"}:
            return Observation(StepState.IN_PROGRESS, seen, copied.status)
        same = (copied.document, copied.shadow_mode) == (source.document, source.shadow_mode)
        return Observation(StepState.DONE if same else StepState.NOT_DONE, seen, copied.status)

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        source = self._source(context)
        if source is None:
            return
        with account_client(self.account) as client:
            client_vpn_changes.modify_authorization_policy(
                client,
                endpoint_id=made_endpoint_id(context),
                document=source.document,
                description=source.description,
                shadow_mode=source.shadow_mode,
                token=context.client_token,
                dry_run=dry_run,
            )

    def _source(self, context: StepContext) -> AuthorizationPolicy | None:
        return read_policy(context.client, context.endpoint_id)

    def _copied(self, client: "EC2Client", endpoint_id: str) -> AuthorizationPolicy | None:
        """None before act(): what AWS answers of an endpoint without a policy isn't documented."""
        try:
            return read_policy(client, endpoint_id)
        except AwsError as error:
            if not is_unknown_refusal(error):
                raise
            return None


def made_endpoint_id(context: StepContext) -> str:
    return str(context.operation.steps.get(key=CREATE_ENDPOINT_KEY).after["endpoint_id"])


def read_policy(client: "EC2Client", endpoint_id: str) -> AuthorizationPolicy | None:
    """None: there is none. Raises AwsError for every refusal that doesn't say so: that is no answer."""
    try:
        policy = client_vpn_changes.get_authorization_policy(client, endpoint_id=endpoint_id)
    except AwsError as error:
        if says_there_is_none(error):
            return None
        raise
    return policy if policy.document and policy.status not in {"deleting", "failed"} else None


@dataclass(frozen=True)
class DeleteEndpoint(Step):
    """AWS: deleting, then deleted or no longer listed. StillAssociated until the last target network is gone."""

    title = gettext_noop("Delete the endpoint")
    aws_call = "delete_endpoint"

    @property
    def key(self) -> str:
        return "delete-endpoint"

    def observe(self, context: StepContext) -> Observation:
        try:
            endpoint = client_vpn.endpoint(context.client, endpoint_id=context.endpoint_id)
        except NotFound:
            return Observation(StepState.DONE)
        states = {"deleted": StepState.DONE, "deleting": StepState.IN_PROGRESS}
        return Observation(
            states.get(endpoint.status, StepState.NOT_DONE), {"status": endpoint.status}, endpoint.status
        )

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.delete_endpoint(context.client, endpoint_id=context.endpoint_id, dry_run=dry_run)
