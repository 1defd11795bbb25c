"""The static files that the portal serves itself."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class CollectedFiles(StaticFilesConfig):
    """All that pages load: of django_htmx one build of htmx, of ninja Swagger UI. Compressing the others takes long."""

    ignore_patterns = [  # noqa: RUF012
        *StaticFilesConfig.ignore_patterns,
        *("htmx-2.js", "htmx-4*", "htmax-*", "ext"),
        *("ninja/redoc*", "ninja/favicon*", "ninja/swagger-ui-init.js", "*.js.map"),
    ]
