"""Tasks of the directory: reading it when that is due."""

from celery import shared_task

from vpn.directory import services


@shared_task
def read_directory() -> None:
    """Harmless to run twice."""
    services.read_directory()
