"""The part of the control API that stands for AWS itself: quotas, prices, maintenance, trouble that it reports."""

import json
from dataclasses import asdict, replace
from typing import Any
from uuid import uuid4

from sandbox.aws import moto_adapter, pricing, service_quotas
from sandbox.aws.errors import AwsError, invalid
from sandbox.aws.health import health_event
from sandbox.aws.world import WORLD


class AccountApi:
    """Each method answers one route with something JSON can hold; the world's lock is held."""

    def set_quota(self, *, account: str, region: str, code: str, value: float) -> dict[str, Any]:
        return service_quotas.raise_quota(WORLD.region(account, region), code, value)

    def set_price(self, *, account: str, usage_type: str, price: str) -> dict[str, Any]:
        """In US dollars; the account sees it, in the one Region that answers."""
        WORLD.region(account, pricing.ENDPOINT_REGION).prices[usage_type] = price
        return {"usage_type": usage_type, "price": price}

    def set_tunnel_maintenance(
        self,
        *,
        account: str,
        region: str,
        vpn_connection_id: str,
        outside_ip: str = "",
        seconds: float | None,
    ) -> list[dict[str, Any]]:
        """AWS will replace the ends of the tunnels after so many seconds by itself; None: it has done so."""
        tunnels = moto_adapter.find_tunnels(account, region, vpn_connection_id)
        if tunnels is None:
            raise AwsError("InvalidVpnConnectionID.NotFound", f"{vpn_connection_id} does not exist")
        if outside_ip and outside_ip not in {tunnel.outside_ip for tunnel in tunnels}:
            raise invalid(f"{vpn_connection_id} has no tunnel at {outside_ip}")
        now = WORLD.clock.now()
        tunnels[:] = [
            replace(
                tunnel,
                maintenance_after=None if seconds is None else now + seconds,
                maintained_at=now if seconds is None else tunnel.maintained_at,
            )
            if outside_ip in {"", tunnel.outside_ip}
            else tunnel
            for tunnel in tunnels
        ]
        return [asdict(tunnel) for tunnel in tunnels]

    def report_health(
        self,
        *,
        account: str,
        region: str,
        queue: str,
        body: str = "",
        service: str = "VPN",
        code: str = "AWS_VPN_OPERATIONAL_ISSUE",
        text: str = "We are investigating connectivity issues.",
        event_id: str = "",
        status: str = "open",
        category: str = "issue",
        scope: str = "PUBLIC",
        entities: list[str] | None = None,
        started_before: float = 0.0,
        updated_before: float = 0.0,
    ) -> dict[str, Any]:
        """Into the queue, an event of AWS Health as EventBridge would deliver it, or ``body`` as it is."""
        now = WORLD.clock.now()
        event = health_event(
            account=account,
            region=region,
            service=service,
            code=code,
            text=text,
            event_id=event_id or uuid4().hex,
            status=status,
            category=category,
            scope=scope,
            entities=entities or [],
            started_at=now - started_before,
            updated_at=now - updated_before,
            ended_at=now - updated_before if status == "closed" else None,
        )
        moto_adapter.send_to_queue(account, region, queue, body or json.dumps(event))
        return event
