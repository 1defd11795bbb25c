"""Below /aws-health/."""

from django.urls import path

from vpn.health_events import views

urlpatterns = [path("", views.health_events, name="health_events")]
