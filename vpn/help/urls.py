from django.urls import path

from vpn.help import views

urlpatterns = [
    path("", views.help_page, name="help"),
    path("doctor/<str:name>", views.doctor, name="help_doctor"),
    path("code/", views.share, name="help_code"),
]
