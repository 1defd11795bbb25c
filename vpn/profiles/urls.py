from django.urls import path

from vpn.profiles import views

urlpatterns = [
    path("", views.profiles, name="profiles"),
    path("<str:endpoint_id>/download", views.download, name="profile_download"),
]
