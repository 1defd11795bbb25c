"""Below /people/."""

from django.urls import path

from vpn.people import views

urlpatterns = [
    path("", views.suggestions, name="people"),
]
