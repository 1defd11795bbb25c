"""The link by which a partner acknowledges without an account: it names one notice, and can't be guessed."""

from typing import Final

from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import timezone

from vpn.partners.models import PartnerNotice

SALT: Final = "vpn.partners.acknowledge"


def acknowledgement_path(notice: PartnerNotice) -> str:
    return reverse("acknowledge_announcement", args=[Signer(salt=SALT).sign(str(notice.pk))])


def find_notice(token: str) -> PartnerNotice | None:
    """The notice that a link names; None: the link isn't ours, or its partner was removed."""
    try:
        pk = Signer(salt=SALT).unsign(token)
    except BadSignature:
        return None
    notices = PartnerNotice.objects.select_related("announcement__endpoint", "partner")
    return notices.filter(pk=pk, partner__removed_at=None).first()


def is_open(notice: PartnerNotice) -> bool:
    """Whether there is still something to acknowledge."""
    announcement = notice.announcement
    return not announcement.is_over and timezone.now() < announcement.link_ends_at
