"""`/api/egress-addresses/`: the fixed IP addresses."""

from datetime import datetime

from ninja import Router
from pydantic import BaseModel

from portal.access.permissions import Permission
from portal.access.tokens.guard import ApiRequest, TokenAuth
from vpn.endpoints import queries

router = Router(auth=TokenAuth(Permission.EGRESS_READ))


class EgressAddressSchema(BaseModel):
    """A fixed IP address that the internet sees, and the endpoint whose traffic leaves by it."""

    address: str
    endpoint_id: str
    endpoint: str
    seen_at: datetime | None


class EgressAddressListSchema(BaseModel):
    egress_addresses: list[EgressAddressSchema]


@router.api_operation(
    ["GET", "HEAD"],
    "/egress-addresses/",
    url_name="api_egress_addresses",
    response=EgressAddressListSchema,
    summary="The fixed IP addresses of the endpoints that AWS has now",
)
def egress_addresses(request: ApiRequest) -> EgressAddressListSchema:
    addresses = [
        EgressAddressSchema(
            address=address,
            endpoint_id=endpoint.endpoint_id,
            endpoint=endpoint.label,
            seen_at=endpoint.seen_at,
        )
        for endpoint in queries.visible_endpoints()
        for address in endpoint.egress_ips
    ]
    return EgressAddressListSchema(egress_addresses=addresses)
