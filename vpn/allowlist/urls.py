from django.urls import path

from vpn.allowlist import views

urlpatterns = [
    path("allowlist.txt", views.document, {"form": "txt"}, name="allowlist_text"),
    path("allowlist.json", views.document, {"form": "json"}, name="allowlist_json"),
    path("allowlist.csv", views.document, {"form": "csv"}, name="allowlist_csv"),
    path("allowlist.tf", views.document, {"form": "tf"}, name="allowlist_terraform"),
    path("allowlist.atom", views.atom, name="allowlist_atom"),
    path("allowlist/", views.page, name="allowlist"),
]
