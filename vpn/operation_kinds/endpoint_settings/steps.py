"""Modifying an endpoint's settings, and reading the endpoint anew."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from django.utils.translation import gettext_noop

from vpn.aws import accounts, client_vpn, client_vpn_changes
from vpn.aws.endpoint_requests import EndpointChanges
from vpn.endpoints import services as endpoints
from vpn.operations.base.step import Observation, Step, StepContext, StepState
from vpn.operations.endpoint_settings import AWS_MEMBER_NAMES, current_settings


@dataclass(frozen=True)
class ModifyEndpoint(Step):
    """``changes`` are fields of EndpointChanges; None is left as it is. ``planned_before``: their values in the plan.

    AWS shows the new settings at once, though it may take up to four hours until they hold everywhere; there is no
    state to wait for.
    """

    title = gettext_noop("Modify the endpoint")
    aws_call = "modify_endpoint"
    changes: EndpointChanges
    planned_before: Mapping[str, Any] = field(default_factory=dict)

    @property
    def key(self) -> str:
        return "modify"

    @property
    def wanted(self) -> dict[str, Any]:
        values = {field.name: getattr(self.changes, field.name) for field in fields(self.changes)}
        wanted = {name: value for name, value in values.items() if value is not None}
        # Without a name AWS makes a stream and names it itself; without a log there is nothing to compare.
        if not wanted.get("log_stream"):
            wanted.pop("log_stream", None)
        if not wanted.get("log_group"):
            wanted.pop("log_policy_context", None)
        return wanted

    @property
    def detail(self) -> str:
        return ", ".join(AWS_MEMBER_NAMES[name] for name in self.wanted if name in AWS_MEMBER_NAMES)

    def observe(self, context: StepContext) -> Observation:
        endpoint = client_vpn.endpoint(context.client, endpoint_id=context.endpoint_id)
        now = current_settings(endpoint.settings)
        seen = {name: now[name] for name in self.wanted}
        done = all(_is_same(name, now[name], value) for name, value in self.wanted.items())
        return Observation(StepState.DONE if done else StepState.NOT_DONE, seen, endpoint.status)

    def find_deviation(self, observation: Observation) -> str:
        return ", ".join(
            f"{AWS_MEMBER_NAMES.get(name, name)}: {_as_aws_shows(now)}"
            for name, now in observation.details.items()
            if name in self.planned_before and not _is_same(name, now, self.planned_before[name])
        )

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        client_vpn_changes.modify_endpoint(
            context.client, endpoint_id=context.endpoint_id, changes=self.changes, dry_run=dry_run
        )


def _is_same(name: str, now: Any, wanted: Any) -> bool:
    # AWS keeps no order of security groups. That of DNS servers counts: the client asks the first one first.
    if name == "security_groups":
        return sorted(now) == sorted(wanted)
    return list(now) == list(wanted) if isinstance(now, list | tuple) else bool(now == wanted)


def _as_aws_shows(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return (", ".join(value) if isinstance(value, list) else str(value)) or "–"


@dataclass(frozen=True)
class RefreshSnapshot(Step):
    """So that the pages show at once what was done. Somebody else's look at this very moment is waited for."""

    title = gettext_noop("Read the settings from AWS anew")
    account: str

    @property
    def key(self) -> str:
        return f"read:{self.account}"

    @property
    def detail(self) -> str:
        return self.account

    def observe(self, context: StepContext) -> Observation:
        account = accounts.get(self.account)
        if account is None:
            return Observation(
                StepState.FAILED, error_id="operation-account-unknown", aws_message=self.account
            )
        result = endpoints.sync_account(account, everything=True)
        if result.busy:
            return Observation(StepState.IN_PROGRESS)
        if result.failures:
            raise result.failures[0].error
        return Observation(StepState.DONE, {"endpoints": result.endpoints})


def endpoint_changes(parameters: Mapping[str, Any]) -> EndpointChanges:
    """From an operation's parameters, which are JSON; what EndpointChanges doesn't know is left out."""
    known = {field.name for field in fields(EndpointChanges)}
    return EndpointChanges(**{name: value for name, value in parameters.items() if name in known})
