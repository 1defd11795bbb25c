"""`/operations/expectations/`."""

from django.urls import path

from vpn.expectations.pages import views

urlpatterns = [
    path("", views.expectations, name="expectations"),
    path("<int:pk>/delete/", views.delete, name="expectation_delete"),
]
