from django.urls import path

from vpn.onboarding import views

urlpatterns = [
    path("installed/", views.installed, name="onboarding_installed"),
]
