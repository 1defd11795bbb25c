"""What beat sends, and how often. Entries are named by rhythm and purpose."""

from typing import Any

from celery.schedules import crontab


def beat_schedule(*, snapshot_seconds: int) -> dict[str, dict[str, Any]]:
    """Celery's ``beat_schedule``; a tick that nobody picked up before the next one expires."""
    every_snapshot = float(snapshot_seconds)
    return {
        "every-snapshot-sync-endpoints": {
            "task": "vpn.endpoints.tasks.sync_accounts",
            "schedule": every_snapshot,
            "options": {"expires": every_snapshot},
        },
        "every-30-seconds-request-scheduled-operations": {
            "task": "vpn.operations.schedules.tasks.request_due",
            "schedule": 30.0,
            "options": {"expires": 30.0},
        },
        "every-10-seconds-send-due-notifications": {
            "task": "vpn.notifications.tasks.send_due",
            "schedule": 10.0,
            "options": {"expires": 10.0},
        },
        "every-10-seconds-follow-log-queries": {
            "task": "vpn.log_insights.tasks.follow_running",
            "schedule": 10.0,
            "options": {"expires": 10.0},
        },
        "every-10-minutes-look-for-findings": {
            "task": "vpn.findings.tasks.evaluate",
            "schedule": 600.0,
            "options": {"expires": 600.0},
        },
        "every-minute-count-changed-days": {
            "task": "vpn.connection_log.summary.tasks.recount",
            "schedule": 60.0,
            "options": {"expires": 60.0},
        },
        "every-10-seconds-advance-operations": {
            "task": "vpn.operations.engine.tasks.advance_operations",
            "schedule": 10.0,
            "options": {"expires": 10.0},
        },
        "every-snapshot-import-connections": {
            "task": "vpn.connection_log.ingest.tasks.import_accounts",
            "schedule": every_snapshot,
            "options": {"expires": every_snapshot},
        },
        "every-10-minutes-refresh-identity-provider-metadata": {
            "task": "portal.access.saml.tasks.refresh_metadata",
            "schedule": 600.0,
            "options": {"expires": 600.0},
        },
        "hourly-forget-expired": {
            "task": "portal.access.saml.tasks.forget_expired",
            "schedule": 3600.0,
            "options": {"expires": 3600.0},
        },
        "daily-drop-old-connections": {
            "task": "vpn.connection_log.ingest.tasks.drop_old_connections",
            "schedule": crontab(hour="4", minute="41"),
            "options": {"expires": 3600.0},
        },
        "daily-delete-old-notifications": {
            "task": "vpn.notifications.tasks.delete_old",
            "schedule": crontab(hour="4", minute="53"),
            "options": {"expires": 3600.0},
        },
        "daily-log-audit-head": {
            "task": "portal.audit.tasks.log_head",
            # At a time of day: a beat that restarts meanwhile does not begin to count anew.
            "schedule": crontab(hour="3", minute="17"),
            "options": {"expires": 3600.0},
        },
    }
