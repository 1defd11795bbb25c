"""The link in each mail of a subscription, by which it ends without signing in."""

from typing import Final

from django.conf import settings
from django.core import signing
from django.urls import reverse

from vpn.notifications.models import StatusSubscription

# No expiry: a mail is found again after years, and its link must still work.
SIGNER: Final = signing.Signer(salt="vpn.notifications.unsubscribe")


def unsubscribe_url(subscription: StatusSubscription) -> str:
    path = reverse("status_unsubscribe", args=[SIGNER.sign(str(subscription.pk))])
    return f"{settings.SITE_URL}{path}"


def signed_subscription(token: str) -> StatusSubscription | None:
    """None: the portal never made this link, or whose it was is gone."""
    try:
        pk = SIGNER.unsign(token)
    except signing.BadSignature:
        return None
    return StatusSubscription.objects.select_related("user").filter(pk=pk).first()
