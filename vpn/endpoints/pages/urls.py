"""Below /endpoints/."""

from django.urls import path

from vpn.endpoints.pages import views

urlpatterns = [
    path("", views.endpoints, name="endpoints"),
    path("<str:endpoint_id>/", views.endpoint, name="endpoint"),
]
