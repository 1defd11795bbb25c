"""The Celery application. Tasks carry primary keys; the rows are the work."""

import os
from typing import Final

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "portal.settings")

# Named one by one: without names Celery looks in the packages of INSTALLED_APPS, and not in those below them.
TASK_PACKAGES: Final = (
    "portal.access.saml",
    "portal.audit",
    "vpn.assurance",
    "vpn.authorization_policy",
    "vpn.certificates",
    "vpn.changes",
    "vpn.directory",
    "vpn.drills",
    "vpn.evidence",
    "vpn.health_events",
    "vpn.help",
    "vpn.helpdesk",
    "vpn.findings",
    "vpn.connection_log.ingest",
    "vpn.log_insights",
    "vpn.connection_summary",
    "vpn.endpoints",
    "vpn.metrics",
    "vpn.notifications",
    "vpn.operations.engine",
    "vpn.operations.schedules",
    "vpn.partners",
    "vpn.quotas",
    "vpn.requirement_alerts",
    "vpn.status_copy.writing",
    "vpn.tunnels",
)

app = Celery("genkan", task_cls="portal.tasks:Task")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(list(TASK_PACKAGES))
