from django.urls import path

from vpn.egress import views

urlpatterns = [
    path("egress/", views.egress, name="egress"),
    path("egress.json", views.egress_json, name="egress_json"),
    path("egress.txt", views.egress_text, name="egress_text"),
]
