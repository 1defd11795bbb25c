"""Every URL of the portal. Nothing else is served."""

from django.urls import include, path

from portal import design, files, health, metrics, preferences
from vpn.monitoring import readiness
from vpn.monitoring import views as monitoring

urlpatterns = [
    path("", include("vpn.urls")),
    path("accounts/", include("portal.access.urls")),
    path("tokens/", include("portal.access.tokens.urls")),
    path("preferences/language/", preferences.language, name="language"),
    path("preferences/theme/", preferences.theme, name="theme"),
    path("design/", design.design, name="design"),
    path("favicon.ico", files.favicon, name="favicon"),
    path("metrics", metrics.requires_metrics_token(monitoring.metrics), name="metrics"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz(connection_log=readiness.connection_log), name="readyz"),
]
handler400 = "portal.errors.bad_request"
handler500 = "portal.errors.server_error"
