"""`/connections/`: everything about who connected."""

from django.urls import path

from vpn.connections.export import views as export
from vpn.connections.export.statement import Format
from vpn.connections.findings import views as findings
from vpn.connections.summary import views as summary

urlpatterns = [
    path("export/", export.export, name="connections_export"),
    path("export/<uuid:export_id>/", export.progress, name="connections_export_progress"),
    path("export.csv", export.file, {"form": Format.CSV}, name="connections_export_csv"),
    path("export.ndjson", export.file, {"form": Format.NDJSON}, name="connections_export_ndjson"),
    path("findings/", findings.findings, name="connections_findings"),
    path("findings/<int:number>/", findings.finding, name="connections_finding"),
    path("summary/", summary.summary, name="connections_summary"),
]
