"""Below /api/. Whoever has no token learns nothing here, not even what there is."""

from django.urls import path

from vpn.api import endpoint_views, views

described_patterns = [
    path("egress-addresses/", endpoint_views.egress_addresses, name="api_egress_addresses"),
    path("endpoints/", endpoint_views.endpoints, name="api_endpoints"),
    path("endpoints/<str:endpoint_id>/", endpoint_views.endpoint, name="api_endpoint"),
]
urlpatterns = [
    *described_patterns,
    path("openapi.json", views.openapi(described_patterns), name="api_openapi"),
    path("", views.nothing_here, name="api_root"),
    path("<path:rest>", views.nothing_here, name="api_unknown"),
]
