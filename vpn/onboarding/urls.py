from django.urls import path

from vpn.onboarding import views

urlpatterns = [
    path("", views.checklist, name="onboarding"),
    path("installed/", views.installed, name="onboarding_installed"),
]
