"""`/operations/`."""

from django.urls import include, path

from vpn.operations.requests import request_views, spreadsheet, views

urlpatterns = [
    path("", views.operations, name="operations"),
    path("export.csv", spreadsheet.export_csv, name="operations_csv"),
    path("expectations/", include("vpn.expectations.pages.urls")),
    path("schedules/", include("vpn.operations.schedules.urls")),
    path("new/", request_views.kinds, name="operation_kinds"),
    path("new/<slug:slug>/", request_views.new, name="operation_new"),
    path("<uuid:pk>/", views.operation, name="operation"),
    path("<uuid:pk>/cancel/", views.cancel, name="operation_cancel"),
    path("<uuid:pk>/files/<str:name>", views.file, name="operation_file"),
    path("<uuid:pk>/decide/", views.decide, name="operation_decide"),
]
