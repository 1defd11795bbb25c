"""Below /api/. Whoever has no token learns nothing here, not even what there is."""

from django.urls import path

from vpn.api import (
    attribution_views,
    connection_views,
    endpoint_views,
    export_views,
    operation_views,
    summary_views,
    views,
)
from vpn.api.describe import by_method

described_patterns = [
    path("connections/", connection_views.connections, name="api_connections"),
    path("connections/attribution/", attribution_views.attribution, name="api_connections_attribution"),
    path("connections/export.csv", export_views.as_csv, name="api_connections_csv"),
    path("connections/export.ndjson", export_views.as_ndjson, name="api_connections_ndjson"),
    path("connections/live/", connection_views.live, name="api_connections_live"),
    path("connections/<path:connection_id>/", connection_views.connection, name="api_connection"),
    path("egress-addresses/", endpoint_views.egress_addresses, name="api_egress_addresses"),
    path("endpoints/", endpoint_views.endpoints, name="api_endpoints"),
    path(
        "operations/",
        by_method(operation_views.operations, operation_views.request_operation),
        name="api_operations",
    ),
    path("operations/plan/", operation_views.plan_operation, name="api_operation_plan"),
    path("operations/<uuid:pk>/", operation_views.operation, name="api_operation"),
    path("operations/<uuid:pk>/cancel/", operation_views.cancel_operation, name="api_operation_cancel"),
    path("endpoints/<str:endpoint_id>/", endpoint_views.endpoint, name="api_endpoint"),
    path("summary/", summary_views.summary, name="api_summary"),
]
urlpatterns = [
    *described_patterns,
    path("openapi.json", views.openapi(described_patterns), name="api_openapi"),
    path("", views.nothing_here, name="api_root"),
    path("<path:rest>", views.nothing_here, name="api_unknown"),
]
