"""The static files that the portal serves itself."""

from django.contrib.staticfiles.apps import StaticFilesConfig


class CollectedFiles(StaticFilesConfig):
    """All that pages load. Of django_htmx's files they load one build of htmx; the others took most of collecting."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "htmx-2.js", "htmx-4*", "htmax-*", "ext"]  # noqa: RUF012
