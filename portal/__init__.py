"""The shell: HTTP, people, roles, audit."""

# The one place that has Genkan's version: pyproject.toml, the pages, the API and the metrics read it here.
__version__ = "0.1.0"

from portal.celery import app as celery_app

__all__ = ["celery_app"]
