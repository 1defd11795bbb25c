"""An endpoint's policy as its page shows it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from vpn.authorization_policy.cedar_check import PolicyProblem, find_problems
from vpn.authorization_policy.models import EndpointPolicy
from vpn.authorization_policy.queries import (
    PolicyState,
    RefusedPerson,
    ShadowReport,
    find_policy,
    policy_state,
    shadow_report,
    trust_providers,
)
from vpn.authorization_policy.texts import STATES, provider_name, refusal_text
from vpn.client_versions.upgrades import posture_minimum
from vpn.endpoints.models import Endpoint
from vpn.endpoints.reasons import error_text
from vpn.endpoints.statuses import StatusBadge

SHOWN_PEOPLE: Final = 100


@dataclass(frozen=True)
class TrustProviderRow:
    name: str
    tenant: str
    key_url: str


@dataclass(frozen=True)
class RefusedRow:
    """``url``: the person's connections at this endpoint in the connection log."""

    person: RefusedPerson
    why: str
    url: str


@dataclass(frozen=True)
class PolicyPage:
    """``lines``: of the document, which the page numbers. ``reason``: why it isn't known. ``report`` None: not for this
    reader, or nothing to report of.
    """

    state: StatusBadge
    is_shadow: bool
    is_enforced: bool
    is_none: bool
    is_known: bool
    policy: EndpointPolicy | None
    reason: str | Promise
    lines: list[str]
    problems: list[PolicyProblem]
    providers: list[TrustProviderRow]
    client_version: str
    report: ShadowReport | None
    refused: list[RefusedRow]


def policy_page(endpoint: Endpoint, *, may_read_log: bool) -> PolicyPage:
    now = timezone.now()
    policy = find_policy(endpoint)
    state = policy_state(policy, now)
    document = policy.document if policy else ""
    problems = (
        find_problems(document, providers=trust_providers(endpoint), authentication=endpoint.authentication)
        if document
        else []
    )
    report = (
        shadow_report(endpoint, policy, now)
        if policy and may_read_log and state is PolicyState.SHADOW and endpoint.log_group
        else None
    )
    return PolicyPage(
        state=STATES[state],
        is_shadow=state is PolicyState.SHADOW,
        is_enforced=state is PolicyState.ENFORCED,
        is_none=state is PolicyState.NONE,
        # One that AWS is changing can't be changed again yet.
        is_known=state not in {PolicyState.UNKNOWN, PolicyState.CHANGING},
        policy=policy,
        reason=_why_unknown(policy, now) if state is PolicyState.UNKNOWN else "",
        lines=document.splitlines(),
        problems=problems,
        providers=_providers(endpoint),
        client_version=posture_minimum(),
        report=report,
        refused=[_refused_row(endpoint, report, person) for person in report.people[:SHOWN_PEOPLE]]
        if report
        else [],
    )


def _why_unknown(policy: EndpointPolicy | None, now: datetime) -> str | Promise:
    if "policies" not in settings.VPN_SOURCES:
        return _("Reading policies is switched off (VPN_SOURCES).")
    if policy is None or policy.attempted_at is None:
        return _("It will be read within minutes.")
    if policy.error_id:
        return error_text(policy.error_id, policy.error_message)
    return _("It hasn't been read lately.")


def _providers(endpoint: Endpoint) -> list[TrustProviderRow]:
    options = endpoint.settings.get("DevicePostureOptions") or {}
    return [
        TrustProviderRow(
            provider_name(provider.get("TrustProviderType", "")),
            provider.get("TenantId", ""),
            provider.get("PublicSigningKeyUrl", ""),
        )
        for provider in options.get("TrustProviders") or ()
    ]


def _refused_row(endpoint: Endpoint, report: ShadowReport, person: RefusedPerson) -> RefusedRow:
    query = {
        "user": person.username,
        "endpoint": endpoint.endpoint_id,
        "since": timezone.localtime(report.since).strftime("%Y-%m-%dT%H:%M"),
    }
    return RefusedRow(person, refusal_text(person), f"{reverse('connections')}?{urlencode(query)}")
