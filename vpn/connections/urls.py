"""`/connections/`: everything about who connected."""

from django.urls import path

from vpn.connections.summary import views as summary

urlpatterns = [
    path("summary/", summary.summary, name="connections_summary"),
]
