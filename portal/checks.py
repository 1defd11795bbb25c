"""Mistakes in a deployment, found by ``manage.py check --deploy``; each with an id and what to write instead."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution


@register(Tags.security, deploy=True)
def check_deployment(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    return [*_sandbox(), *_roles(), *_metadata(), *_proxies()]


def _sandbox() -> list[CheckMessage]:
    if not settings.SANDBOX:
        return []
    return [
        Error("SANDBOX is on.", hint="Unset SANDBOX: it allows http and private addresses.", id="genkan.E001")
    ]


def _roles() -> list[CheckMessage]:
    messages: list[CheckMessage] = []
    if not any(settings.ROLE_GROUPS.values()):
        hint = "Set ROLE_EMPLOYEE_GROUPS to the id of a group, or to * for everyone who can sign in."
        messages.append(Error("No group has a role: nobody can enter.", hint=hint, id="genkan.E002"))
    if not settings.ROLE_GROUPS["admin"]:
        hint = "Set ROLE_ADMIN_GROUPS to the ids of the administrators' groups."
        messages.append(Caution("There is no administrator.", hint=hint, id="genkan.W001"))
    messages.extend(
        Error(
            f"Everyone who can sign in is {role}.",
            hint=f"Name groups in ROLE_{role.upper()}_GROUPS.",
            id="genkan.E003",
        )
        for role in ("helpdesk", "auditor", "admin")
        if "*" in settings.ROLE_GROUPS[role]
    )
    return messages


def _metadata() -> list[CheckMessage]:
    source = settings.SAML_IDP_METADATA
    scheme = urlsplit(source).scheme
    if scheme == "http":
        hint = "Give an https URL, or the path of a file."
        return [Error("SAML_IDP_METADATA is fetched without TLS.", hint=hint, id="genkan.E004")]
    if scheme != "https" and not Path(source).is_file():
        hint = "Mount the file, or give an https URL."
        return [Error(f"SAML_IDP_METADATA: there is no file {source}.", hint=hint, id="genkan.E005")]
    return []


def _proxies() -> list[CheckMessage]:
    if not any(network.prefixlen == 0 for network in settings.TRUSTED_PROXIES):
        return []
    hint = "Write the CIDR blocks of your load balancer's subnets."
    return [
        Error("TRUSTED_PROXIES trusts everybody: any address can be forged.", hint=hint, id="genkan.E006")
    ]
