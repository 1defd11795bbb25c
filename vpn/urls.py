"""The product's URLs, slice by slice."""

from django.urls import include, path

from vpn.home import views as home

urlpatterns = [
    path("", home.home, name="home"),
    path("notices/", home.notices, name="notices"),
    path("", include("vpn.allowlist.urls")),
    path("allowlist/", include("vpn.partners.pages.urls")),
    path("", include("vpn.egress.urls")),
    path("api/", include("vpn.api.urls")),
    path("aws-health/", include("vpn.health_events.urls")),
    path("audit/", include("vpn.audit_pages.urls")),
    path("changes/", include("vpn.changes.urls")),
    path("connections/", include("vpn.connection_urls")),
    path("endpoints/", include("vpn.endpoints.pages.urls")),
    path("guides/", include("vpn.guides.urls")),
    path("help/", include("vpn.help.urls")),
    path("helpdesk/", include("vpn.helpdesk.urls")),
    path("notifications/", include("vpn.notifications.urls")),
    path("onboarding/", include("vpn.onboarding.urls")),
    path("operations/", include("vpn.operations.requests.urls")),
    path("people/", include("vpn.people.urls")),
    path("profiles/", include("vpn.profiles.urls")),
    path("status/drills/", include("vpn.drills.urls")),
    path("status/evidence/", include("vpn.evidence.urls")),
    path("status/incidents/", include("vpn.incidents.urls")),
    path("status/", include("vpn.subscriptions.urls")),
    path("status/", include("vpn.status.urls")),
    path("status/requirements/", include("vpn.assurance.urls")),
]
