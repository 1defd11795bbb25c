"""What can be recorded: ``subject:verb``, and each in words."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Tag(TextChoices):
    SIGN_IN_SUCCEEDED = "sign-in:succeeded", pgettext_lazy("audit record", "Signed in")
    SIGN_IN_FAILED = "sign-in:failed", _("Sign-in failed")
    SIGN_IN_NO_ENTRY = "sign-in:no-entry", _("Turned away: in no group")
    SIGN_OUT = "sign-out:succeeded", _("Signed out")
    ROLES_CHANGED = "roles:changed", _("Roles changed")
    BREAKGLASS_CREATED = "breakglass:created", _("Break-glass link made")
    BREAKGLASS_USED = "breakglass:used", _("Break-glass link used")
    PROFILE_DOWNLOADED = "profile:downloaded", _("Profile downloaded")
    AUDIT_SEARCHED = "audit:searched", _("Audit record searched")
    AUDIT_EXPORTED = "audit:exported", _("Audit record exported")
    CONNECTIONS_SEARCHED = "connections:searched", _("Connections searched")
    CONNECTION_VIEWED = "connection:viewed", _("Connection viewed")
    CONNECTIONS_ATTRIBUTED = "connections:attributed", _("Address attributed to people")
    CONNECTIONS_EXPORT_STARTED = "connections:export-started", _("Export of connections begun")
    CONNECTIONS_EXPORTED = "connections:exported", _("Connections exported")
    CONNECTIONS_EXPORT_FAILED = "connections:export-failed", _("Export of connections broke off")
    HELPDESK_PERSON_OPENED = "helpdesk:person-opened", _("Helpdesk: person opened")
    FINDING_ACKNOWLEDGED = "finding:acknowledged", _("Finding acknowledged")
    LOG_QUERY_STARTED = "log-query:started", _("Query in CloudWatch Logs started")
    LOG_QUERY_CANCELLED = "log-query:cancelled", _("Query in CloudWatch Logs cancelled")
    TOKENS_VIEWED = "token:viewed", _("API tokens viewed")
    TOKEN_CREATED = "token:created", _("API token made")
    TOKEN_REVOKED = "token:revoked", _("API token revoked")
    OPERATION_VIEWED = "operation:viewed", _("Operation viewed")
    OPERATION_REQUESTED = "operation:requested", _("Operation requested")
    OPERATION_APPROVED = "operation:approved", _("Operation approved")
    OPERATION_REJECTED = "operation:rejected", _("Operation rejected")
    OPERATION_STEP = "operation:step", _("Step of an operation")
    OPERATION_SUCCEEDED = "operation:succeeded", _("Operation finished")
    OPERATION_FAILED = "operation:failed", _("Operation failed")
    OPERATION_CANCELLED = "operation:cancelled", _("Operation cancelled")
    SCHEDULE_CREATED = "schedule:created", _("Schedule made")
    SCHEDULE_CHANGED = "schedule:changed", _("Schedule changed")
    SCHEDULE_DELETED = "schedule:deleted", _("Schedule deleted")
    NOTIFICATION_TESTED = "notification:tested", _("Test message sent")
    NOTIFICATION_RESENT = "notification:resent", _("Message sent again")
