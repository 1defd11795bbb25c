"""Below /endpoints/."""

from django.urls import path

from vpn.endpoints import views

urlpatterns = [
    path("", views.endpoints, name="endpoints"),
    path("<str:endpoint_id>/", views.endpoint, name="endpoint"),
]
