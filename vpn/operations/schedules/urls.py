"""`/operations/schedules/`."""

from django.urls import path

from vpn.operations.schedules import views

urlpatterns = [
    path("", views.schedules, name="operation_schedules"),
    path("new/<slug:endpoint_id>/", views.new, name="operation_schedule_new"),
    path("<int:pk>/", views.edit, name="operation_schedule"),
    path("<int:pk>/switch/", views.switch, name="operation_schedule_switch"),
    path("<int:pk>/delete/", views.delete, name="operation_schedule_delete"),
]
