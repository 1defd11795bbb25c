"""Endpoints as a snapshot would have left them, for tests that need no AWS."""

import hashlib
from datetime import timedelta
from typing import Any

from django.utils import timezone

from sandbox import company
from vpn.endpoints.models import AwsAccount, Endpoint, LiveConnection

CONFIGURATION = (
    "client\ndev tun\nproto udp\nremote cvpn-endpoint-0a.prod.clientvpn.ap-northeast-1.amazonaws.com 443\n"
    "remote-random-hostname\nauth-federate\n<ca>\n-----BEGIN CERTIFICATE-----\n…\n</ca>\nreneg-sec 0"
)


def rule(
    destination: str, *, group: str = "", description: str = "", status: str = "active"
) -> dict[str, Any]:
    return {
        "destination_cidr": destination,
        "group_id": group,
        "access_all": not group,
        "description": description,
        "status": status,
    }


def save_endpoint(label: str = "tokyo-main", **changes: Any) -> Endpoint:
    """Full tunnel, for the group of all employees, seen just now."""
    now = timezone.now()
    account, _created = AwsAccount.objects.get_or_create(
        name="tokyo", defaults={"region": "ap-northeast-1", "seen_at": now}
    )
    configuration = changes.pop("configuration", CONFIGURATION)
    fields: dict[str, Any] = {
        "account": account,
        "endpoint_id": f"cvpn-endpoint-{hashlib.sha256(label.encode()).hexdigest()[:17]}",
        "label": label,
        "status": "available",
        "authentication": ["federated-authentication"],
        "authorization_rules": [rule("0.0.0.0/0", group=company.EMPLOYEES.id, description="internet")],
        "egress_ips": [company.TOKYO.egress_ip],
        "egress_known_at": now,
        "configuration": configuration,
        "configuration_hash": hashlib.sha256(configuration.encode()).hexdigest() if configuration else "",
        "configuration_changed_at": now - timedelta(days=1),
        "configuration_seen_at": now,
        "connections_seen_at": now,
        "seen_at": now,
        "attempted_at": now,
    }
    return Endpoint.objects.create(**(fields | changes))


def save_connection(endpoint: Endpoint, username: str, **changes: Any) -> LiveConnection:
    fields: dict[str, Any] = {
        "endpoint": endpoint,
        "connection_id": f"cvpn-connection-{LiveConnection.objects.count():017x}",
        "username": username,
        "client_ip": "10.8.0.34",
        "established_at": timezone.now() - timedelta(minutes=14),
    }
    return LiveConnection.objects.create(**(fields | changes))
