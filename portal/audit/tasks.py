"""The periodic task of the audit record."""

import structlog
from celery import shared_task

from portal.audit.models import AuditEvent

logger = structlog.get_logger(__name__)


@shared_task
def log_head() -> None:
    """Write the newest hash to the log. Whoever could rewrite the whole table can't change what was logged."""
    head = AuditEvent.objects.order_by("-sequence").values_list("sequence", "hash").first()
    if head:
        logger.info("audit head", sequence=head[0], hash=head[1])
