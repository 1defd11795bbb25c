"""Below /status/."""

from django.urls import path

from vpn.status import views

urlpatterns = [path("", views.status, name="status")]
