"""Partners and announcements, for the pages of administrators."""

from dataclasses import dataclass
from datetime import datetime

from vpn.notifications.models import Delivery, DeliveryStatus
from vpn.partners.models import AddressAnnouncement, AnnouncedDirection, Partner, PartnerNotice
from vpn.partners.obstacles import partners_of, partners_waited_for
from vpn.partners.services import is_carried_out


@dataclass(frozen=True)
class NoticeRow:
    """``delivery``: of the newest mail; None: there was no mail server to send it by."""

    notice: PartnerNotice
    delivery: Delivery | None

    @property
    def is_undelivered(self) -> bool:
        return self.delivery is None or self.delivery.status == DeliveryStatus.FAILED


@dataclass(frozen=True)
class AnnouncementRow:
    announcement: AddressAnnouncement
    told: int
    acknowledged: int


def partners() -> list[Partner]:
    return list(Partner.objects.filter(removed_at=None).prefetch_related("endpoints"))


def get_partner(pk: int) -> Partner | None:
    return Partner.objects.filter(pk=pk, removed_at=None).first()


def get_announcement(pk: int) -> AddressAnnouncement | None:
    return AddressAnnouncement.objects.filter(pk=pk).select_related("endpoint").first()


def announcements() -> list[AnnouncementRow]:
    """The newest hundred."""
    rows = AddressAnnouncement.objects.select_related("endpoint").prefetch_related("notices__partner")[:100]
    return [_announcement_row(announcement) for announcement in rows]


def _announcement_row(announcement: AddressAnnouncement) -> AnnouncementRow:
    notices = [notice for notice in announcement.notices.all() if notice.partner.removed_at is None]
    times: list[datetime] = [notice.acknowledged_at for notice in notices if notice.acknowledged_at]
    return AnnouncementRow(announcement, len(notices), len(times))


def notice_rows(announcement: AddressAnnouncement) -> list[NoticeRow]:
    """Of all who were told, and of partners whom nobody has told yet."""
    notices = list(announcement.notices.filter(partner__removed_at=None).select_related("partner"))
    told = {notice.partner_id for notice in notices}
    untold = [partner for partner in partners_of(announcement.endpoint) if partner.pk not in told]
    keys = [f"announcement:{notice.pk}:{notice.mails}" for notice in notices]
    deliveries = {delivery.key: delivery for delivery in Delivery.objects.filter(key__in=keys)}
    rows = [NoticeRow(notice, deliveries.get(key)) for notice, key in zip(notices, keys, strict=True)]
    # Never saved: the row says that there is none.
    return [*rows, *(NoticeRow(PartnerNotice(partner=partner), None) for partner in untold)]


def waits_for_partners(announcement: AddressAnnouncement) -> bool:
    """Whether somebody's acknowledgement is still missing that matters."""
    if announcement.is_over or announcement.overridden_at is not None:
        return False
    return bool(partners_waited_for(announcement))


def may_be_overridden(announcement: AddressAnnouncement) -> bool:
    """Also when all have acknowledged: the announced date holds an operation back, too."""
    if announcement.is_over or announcement.overridden_at is not None or is_carried_out(announcement):
        return False
    return announcement.direction == AnnouncedDirection.WITHDRAW
