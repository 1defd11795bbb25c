"""`/metrics`. portal/urls.py mounts it behind METRICS_TOKEN."""

from http import HTTPStatus

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest

from vpn.monitoring.collector import PortalCollector

# Not prometheus_client's own registry, in which every library may register metrics that nobody has documented.
registry = CollectorRegistry(auto_describe=False)
registry.register(PortalCollector())


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    try:
        text = generate_latest(registry)
    except DatabaseError:
        # To Prometheus a failed scrape is `up == 0`: better than numbers that nobody has looked up.
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
    return HttpResponse(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)
