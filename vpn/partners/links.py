"""The link by which a partner acknowledges without an account: it names one notice, and can't be guessed.

It is signed for the partner's mailbox: whoever reads a former one no longer answers for the partner.
"""

import re
from typing import Final

from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import timezone

from vpn.partners.models import Partner, PartnerNotice

SALT: Final = "vpn.partners.acknowledge"
NOTICE: Final = re.compile(r"([0-9]{1,18}):")


def acknowledgement_path(notice: PartnerNotice) -> str:
    return reverse("acknowledge_announcement", args=[signer(notice.partner).sign(str(notice.pk))])


def signer(partner: Partner) -> Signer:
    return Signer(salt=f"{SALT}:{partner.email}")


def find_notice(token: str) -> PartnerNotice | None:
    """The notice that a link names; None: the link isn't ours, or its partner was removed or has another mailbox."""
    # It says which partner's signature to expect, so it is read before it is known to be ours.
    named = NOTICE.match(token)
    if named is None:
        return None
    notices = PartnerNotice.objects.select_related("announcement__endpoint", "partner")
    notice = notices.filter(pk=int(named[1]), partner__removed_at=None).first()
    if notice is None:
        return None
    try:
        signer(notice.partner).unsign(token)
    except BadSignature:
        return None
    return notice


def is_open(notice: PartnerNotice) -> bool:
    """Whether there is still something to acknowledge."""
    announcement = notice.announcement
    return not announcement.is_over and timezone.now() < announcement.link_ends_at
