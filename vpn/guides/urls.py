from django.urls import path

from vpn.guides import views

urlpatterns = [
    path("", views.guides, name="guides"),
    path("<str:system>/", views.guide, name="guide"),
]
