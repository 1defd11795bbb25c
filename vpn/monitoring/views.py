"""`/metrics`. portal/urls.py mounts it behind METRICS_TOKEN."""

from http import HTTPStatus

from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from vpn.monitoring.exposition import CONTENT_TYPE, text_of
from vpn.monitoring.gauges import all_gauges


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    try:
        gauges = all_gauges()
    except DatabaseError:
        # To Prometheus a failed scrape is `up == 0`: better than numbers that nobody has looked up.
        return HttpResponse(status=HTTPStatus.SERVICE_UNAVAILABLE)
    return HttpResponse(text_of(gauges), content_type=CONTENT_TYPE)
