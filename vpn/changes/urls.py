"""Below /changes/."""

from django.urls import path

from vpn.changes import views

urlpatterns = [
    path("", views.changes, name="changes"),
    path("export.csv", views.export_csv, name="changes_csv"),
]
