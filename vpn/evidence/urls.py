from django.urls import path

from vpn.evidence import views

urlpatterns = [
    path("", views.evidence, name="evidence"),
    path("<int:pk>/", views.pack, name="evidence_pack"),
    path("<int:pk>/<slug:section_id>.csv", views.section_csv, name="evidence_csv"),
]
