"""Django's request with what the portal's middleware adds, and the part of it that is recorded."""

from dataclasses import dataclass
from typing import cast

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from portal.access.models import User
from portal.addresses import Address


class PortalRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User
    client_address: Address | None
    reference: str
    htmx: HtmxDetails


@dataclass(frozen=True)
class RequestOrigin:
    """Where a request came from, for the record."""

    address: Address | None
    reference: str


def request_origin(request: HttpRequest) -> RequestOrigin:
    portal_request = cast("PortalRequest", request)
    return RequestOrigin(address=portal_request.client_address, reference=portal_request.reference)
