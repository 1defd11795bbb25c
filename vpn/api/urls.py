"""Below /api/. Nobody learns what there is without a token, or a session with which tokens can be made."""

from django.urls import URLPattern, path

from vpn.api import views
from vpn.api.portal_api import PortalAPI
from vpn.attribution.api import router as attribution
from vpn.connection_details.api import router as details
from vpn.connection_export.api import router as export
from vpn.connection_log.search.api import router as search
from vpn.connection_summary.api import router as summary
from vpn.egress.api import router as egress
from vpn.endpoints.api import router as endpoints
from vpn.helpdesk.api import router as helpdesk
from vpn.live_connections.api import router as live_connections
from vpn.metrics.api import router as metrics
from vpn.operations.requests.api import router as operations

api = PortalAPI()
# Whatever is no URL of its own below connections/ may be a connection's id: details come last of these.
for router in (attribution, export, live_connections, search, details, summary):
    api.add_router("", router, tags=["Connections"])
for router in (egress, endpoints, metrics):
    api.add_router("", router, tags=["Endpoints"])
api.add_router("", operations, tags=["Operations"])
api.add_router("", helpdesk, tags=["Helpdesk"])


def mounted_patterns() -> list[URLPattern]:
    """Ninja's patterns, once for each path: it makes one for each method. Its root, a page of its own, is left out."""
    patterns: dict[str, URLPattern] = {}
    for pattern in api.urls[0]:
        if isinstance(pattern, URLPattern) and pattern.name != "api-root":
            pattern.callback = views.for_scripts(pattern.callback)
            patterns.setdefault(str(pattern.pattern), pattern)
    return list(patterns.values())


urlpatterns = [
    *mounted_patterns(),
    path("docs/", views.docs(api), name="api_docs"),
    path("openapi.json", views.openapi(api), name="api_openapi"),
    path("", views.not_found, name="api_root"),
    path("<path:rest>", views.not_found, name="api_unknown"),
]
