"""What can be recorded: ``subject:verb``, and each in words."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Tag(TextChoices):
    SIGN_IN_SUCCEEDED = "sign-in:succeeded", _("Signed in")
    SIGN_IN_FAILED = "sign-in:failed", _("Sign-in failed")
    SIGN_IN_NO_ENTRY = "sign-in:no-entry", _("Turned away: in no group")
    SIGN_OUT = "sign-out:succeeded", _("Signed out")
    ROLES_CHANGED = "roles:changed", _("Roles changed")
    BREAKGLASS_CREATED = "breakglass:created", _("Break-glass link made")
    BREAKGLASS_USED = "breakglass:used", _("Break-glass link used")
    PROFILE_DOWNLOADED = "profile:downloaded", _("Profile downloaded")
    AUDIT_EXPORTED = "audit:exported", _("Audit record exported")
