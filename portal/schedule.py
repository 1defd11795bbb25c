"""What beat sends, and how often. Entries are named by rhythm and purpose."""

from typing import Any, Final

from celery.schedules import crontab

# A daily task may start late by as much: after that it is the next day's business.
DAILY_EXPIRES_SECONDS: Final = 3600.0


def beat_schedule(*, snapshot_seconds: int) -> dict[str, dict[str, Any]]:
    """Celery's ``beat_schedule``. ``snapshot_seconds``: how often AWS is asked for endpoints and log events.

    See https://docs.celeryq.dev/en/stable/userguide/periodic-tasks.html for the fields of an entry.
    """
    snapshot = float(snapshot_seconds)
    return {
        "every-snapshot-sync-endpoints": _every(snapshot, "vpn.endpoints.tasks.sync_accounts"),
        "every-snapshot-import-connections": _every(
            snapshot, "vpn.connection_log.ingest.tasks.import_accounts"
        ),
        "every-10-seconds-advance-operations": _every(10, "vpn.operations.engine.tasks.advance_operations"),
        "every-10-seconds-send-due-notifications": _every(10, "vpn.notifications.tasks.send_due"),
        "every-10-seconds-follow-log-queries": _every(10, "vpn.log_insights.tasks.follow_running"),
        "every-30-seconds-request-scheduled-operations": _every(
            30, "vpn.operations.schedules.tasks.request_due"
        ),
        # AWS isn't asked: it follows the snapshots, whose rows are in our own database.
        "every-minute-publish-allow-list": _every(60, "vpn.partners.tasks.publish"),
        "every-minute-tell-partners": _every(60, "vpn.partners.tasks.tell_partners"),
        "every-minute-close-overdue-connections": _every(
            60, "vpn.connection_log.ingest.tasks.close_overdue_connections"
        ),
        "every-minute-count-changed-days": _every(60, "vpn.connection_summary.tasks.recount"),
        # What is due is read once an hour; after a start, and for a new endpoint, nobody waits that long.
        "every-minute-check-certificates": _every(60, "vpn.certificates.tasks.check_certificates"),
        "every-minute-read-policies": _every(60, "vpn.authorization_policy.tasks.read_policies"),
        # Read once in five minutes; after a start nobody waits that long.
        "every-minute-read-metrics": _every(60, "vpn.metrics.tasks.read_metrics"),
        "every-minute-read-directory": _every(60, "vpn.directory.tasks.read_directory"),
        # Once a day and once an hour, as certificates.
        "every-minute-read-quotas": _every(60, "vpn.quotas.tasks.read_quotas"),
        "every-minute-check-tunnels": _every(60, "vpn.tunnels.tasks.check_tunnels"),
        "every-minute-read-health-events": _every(60, "vpn.health_events.tasks.read_health_events"),
        "every-minute-look-for-outages": _every(60, "vpn.findings.tasks.look_for_outages"),
        "every-minute-tell-agents-what-is-mended": _every(60, "vpn.helpdesk.tasks.settle_watches"),
        "every-minute-evaluate-requirements": _every(60, "vpn.assurance.tasks.evaluate_requirements"),
        "every-minute-follow-drills": _every(60, "vpn.drills.tasks.follow_drills"),
        "every-minute-attribute-changes": _every(60, "vpn.changes.tasks.attribute_changes"),
        "every-minute-alert-of-requirements": _every(60, "vpn.requirement_alerts.tasks.send_alerts"),
        "every-minute-publish-status-copy": _every(60, "vpn.status_copy.writing.tasks.publish"),
        "every-10-minutes-look-for-findings": _every(600, "vpn.findings.tasks.evaluate"),
        "every-10-minutes-refresh-identity-provider-metadata": _every(
            600, "portal.access.saml.tasks.refresh_metadata"
        ),
        "hourly-forget-expired": _every(3600, "portal.access.saml.tasks.forget_expired"),
        # What people shared is kept for the 24 hours that they were told, and hardly longer.
        "hourly-forget-expired-support-codes": _every(3600, "vpn.help.tasks.forget_expired_codes"),
        "hourly-forget-old-calls": _every(3600, "vpn.helpdesk.tasks.forget_old_calls"),
        "hourly-forget-failed-requests": _every(3600, "vpn.helpdesk.tasks.forget_failed_requests"),
        # On the first of a month it makes the pack of the month before; on other days only if that failed.
        "daily-make-evidence-of-last-month": _daily(5, 11, "vpn.evidence.tasks.make_last_month"),
        "daily-log-audit-head": _daily(3, 17, "portal.audit.tasks.log_head"),
        "daily-drop-old-connections": _daily(4, 41, "vpn.connection_log.ingest.tasks.drop_old_connections"),
        "daily-delete-old-metrics": _daily(4, 47, "vpn.metrics.tasks.delete_old"),
        "daily-forget-old-health-events": _daily(4, 59, "vpn.health_events.tasks.forget_old_health_events"),
        "daily-delete-old-notifications": _daily(4, 53, "vpn.notifications.tasks.delete_old"),
    }


def _every(seconds: float, task: str) -> dict[str, Any]:
    # Ticks expire when the next one is due, so that they don't pile up in the queue while no worker runs.
    return {"task": task, "schedule": float(seconds), "options": {"expires": float(seconds)}}


def _daily(hour: int, minute: int, task: str) -> dict[str, Any]:
    # At a time of day, not every 86,400 seconds: a beat that restarts would begin to count anew each time.
    schedule = crontab(hour=str(hour), minute=str(minute))
    return {"task": task, "schedule": schedule, "options": {"expires": DAILY_EXPIRES_SECONDS}}
