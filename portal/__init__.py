"""The shell: HTTP, people, roles, audit."""

from portal.celery import app as celery_app

__all__ = ["celery_app"]
