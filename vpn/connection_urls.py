"""`/connections/`: everything about who connected."""

from django.urls import path, register_converter

from vpn.attribution import views as attribution
from vpn.connection_details import views as details
from vpn.connection_export import views as export
from vpn.connection_export.layout import ExportFormat
from vpn.connection_log.ingest import views as ingest
from vpn.connection_log.search import views as search
from vpn.connection_summary import views as summary
from vpn.costs import views as costs
from vpn.findings import views as findings
from vpn.live_connections import views as live
from vpn.log_insights import views as insights


class ConnectionIdConverter:
    """What vpn.connection_log.log_event takes for an id, slashes included."""

    regex = "[!-~]{1,64}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(ConnectionIdConverter, "logged")

urlpatterns = [
    path("", search.connections, name="connections"),
    path("attribution/", attribution.attribution, name="connections_attribution"),
    path("beyond/", insights.log_queries, name="log_queries"),
    path("beyond/<int:pk>/", insights.log_query, name="log_query"),
    path("beyond/<int:pk>/cancel/", insights.cancel, name="log_query_cancel"),
    path("beyond/<int:pk>/<int:row>/", insights.log_query_row, name="log_query_row"),
    path("beyond/<int:pk>/export/", insights.log_query_export, name="log_query_export"),
    path(
        "beyond/<int:pk>/export.csv",
        insights.log_query_file,
        {"form": ExportFormat.CSV},
        name="log_query_csv",
    ),
    path(
        "beyond/<int:pk>/export.ndjson",
        insights.log_query_file,
        {"form": ExportFormat.NDJSON},
        name="log_query_ndjson",
    ),
    path("costs/", costs.costs, name="costs"),
    path("costs/endpoints.csv", costs.endpoints_csv, name="costs_endpoints_csv"),
    path("costs/people.csv", costs.people_csv, name="costs_people_csv"),
    path("export/", export.export, name="connections_export"),
    path("export/<uuid:export_id>/", export.progress, name="connections_export_progress"),
    path("export.csv", export.file, {"form": ExportFormat.CSV}, name="connections_export_csv"),
    path("export.ndjson", export.file, {"form": ExportFormat.NDJSON}, name="connections_export_ndjson"),
    path("findings/", findings.findings, name="connections_findings"),
    path("findings/export.csv", findings.export_csv, name="connections_findings_csv"),
    path("findings/<int:number>/", findings.finding, name="connections_finding"),
    path(
        "findings/<slug:kind>/acknowledge/",
        findings.acknowledge_kind,
        name="connections_findings_acknowledge",
    ),
    path("live/", live.live, name="connections_live"),
    path("mine/", details.my_connections, name="my_connections"),
    path("mine/<logged:connection_id>/", details.my_connection, name="my_connection"),
    path("sources/", ingest.sources, name="connections_sources"),
    path("summary/", summary.summary, name="connections_summary"),
    path("summary/days.csv", summary.days_csv, name="connections_summary_days_csv"),
    path("summary/people.csv", summary.people_csv, name="connections_summary_people_csv"),
    # Whatever is no page of its own may be a connection's id: last.
    path("<logged:connection_id>/", details.connection, name="connection"),
]
