"""The newest result of each person's connection check."""

from django.conf import settings
from django.db import models


class EgressCheck(models.Model):
    """``result`` is a vpn.egress.verdict.EgressResult, for monitoring and the helpdesk; earlier ones are not kept.

    ``address`` is the one that the request came from, never what the browser says of itself. ``system``: the family of
    operating systems that the browser named (vpn.egress.user_agent); a check on the phone says nothing of the computer.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True, related_name="egress_check"
    )
    result = models.CharField(max_length=20)
    address = models.GenericIPAddressField(null=True)
    system = models.CharField(max_length=20, blank=True, default="", db_default="")
    checked_at = models.DateTimeField(db_index=True)

    class Meta:
        app_label = "vpn"

    def __str__(self) -> str:
        return f"{self.user} {self.result}"
