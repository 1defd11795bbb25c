"""`/audit/`."""

from django.urls import path

from vpn.audit_pages import views

urlpatterns = [
    path("", views.audit, name="audit"),
    path("export.csv", views.export_csv, name="audit_csv"),
    path("export.ndjson", views.export_chain, name="audit_export"),
    path("<int:sequence>/", views.event, name="audit_event"),
]
