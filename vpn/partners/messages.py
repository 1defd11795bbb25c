"""What partners are told by e-mail, in their own language."""

from typing import Final

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from vpn.allowlist.models import PublicationEvent
from vpn.allowlist.texts import event_text
from vpn.notifications.services import notify_person
from vpn.partners.links import acknowledgement_path
from vpn.partners.models import AddressAnnouncement, AnnouncedDirection, Partner, PartnerNotice

TEXTS: Final[dict[str, Promise]] = {
    AnnouncedDirection.ADD: gettext_lazy(
        "People on our VPN (%(endpoint)s) will also come from %(address)s, from %(time)s on. Please permit it before.\n"
        "Why: %(reason)s"
    ),
    AnnouncedDirection.WITHDRAW: gettext_lazy(
        "People on our VPN (%(endpoint)s) won't come from %(address)s any more, from %(time)s on. Please go on "
        "permitting it until then, and remove it only once the list (allowlist.txt) no longer has it: after that it "
        "may belong to somebody else.\n"
        "Why: %(reason)s"
    ),
}

REQUESTS: Final[dict[str, Promise]] = {
    AnnouncedDirection.ADD: gettext_lazy("Open the page below and press the button when you know of it."),
    AnnouncedDirection.WITHDRAW: gettext_lazy(
        "Open the page below and press the button when you know of it. The address is kept until you have."
    ),
}


def announcement_text(announcement: AddressAnnouncement) -> str:
    """In the current language."""
    return str(TEXTS[announcement.direction]) % {
        "endpoint": announcement.endpoint,
        "address": announcement.address,
        "time": date_format(timezone.localtime(announcement.effective_at), "Y-m-d H:i T"),
        "reason": announcement.reason,
    }


def mail_announcement(notice: PartnerNotice, *, number: int) -> bool:
    """``number``: how often the partner is told, this time included. False: there is no mail server."""
    announcement, partner = notice.announcement, notice.partner
    with override(partner.language):
        return notify_person(
            address=partner.email,
            subject=_("A fixed IP address changes: %(address)s") % {"address": announcement.address},
            text=f"{announcement_text(announcement)}\n\n{REQUESTS[announcement.direction]}",
            url=acknowledgement_path(notice),
            key=f"announcement:{notice.pk}:{number}",
            language=partner.language,
        )


def mail_cancellation(notice: PartnerNotice) -> bool:
    announcement, partner = notice.announcement, notice.partner
    with override(partner.language):
        text = _("What we announced of %(address)s (%(endpoint)s) won't happen. Nothing changes for you.")
        return notify_person(
            address=partner.email,
            subject=_("Taken back: the change of %(address)s") % {"address": announcement.address},
            text=text % {"address": announcement.address, "endpoint": announcement.endpoint},
            url=reverse("allowlist_text"),
            key=f"announcement:{notice.pk}:cancelled",
            language=partner.language,
        )


def mail_event(event: PublicationEvent, partner: Partner) -> bool:
    """Of what nobody has announced, once. False: it was told before, or there is no mail server."""
    with override(partner.language):
        subject = _("Fixed IP address %(address)s: %(what)s")
        return notify_person(
            address=partner.email,
            subject=subject % {"address": event.address, "what": event.get_kind_display()},
            text=event_text(event),
            url=reverse("allowlist_text"),
            key=f"publication:{event.pk}:{partner.pk}",
            language=partner.language,
        )
