"""Partners are added and told; what they acknowledge is recorded."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget, TargetKind
from vpn.allowlist import services as allowlist
from vpn.allowlist.models import AddressState, PublicationEvent, PublicationReason, PublishedAddress
from vpn.allowlist.services import announce_address, announce_withdrawal, take_back
from vpn.endpoints.models import Endpoint
from vpn.partners.links import is_open
from vpn.partners.messages import mail_announcement, mail_cancellation, mail_event
from vpn.partners.models import AddressAnnouncement, AnnouncedDirection, Partner, PartnerNotice
from vpn.partners.obstacles import held_addresses, partners_of, partners_waited_for

# What happened before is history: a portal that was off for a day doesn't mail all of it.
EVENT_MAIL_WITHIN: Final = timedelta(hours=6)
# Partners know of the one already, and the others begin the list that they were given.
NOT_MAILED: Final = frozenset({PublicationReason.PLANNED, PublicationReason.FIRST})


@dataclass(frozen=True)
class PartnerFields:
    name: str
    email: str
    language: str
    endpoints: tuple[Endpoint, ...]


@transaction.atomic
def save_partner(
    partner: Partner | None, fields: PartnerFields, *, actor: User, origin: RequestOrigin
) -> Partner:
    """Add one (``partner`` None), or change it. Whoever is new for an endpoint is told of what is announced there.

    A new mailbox is told of everything that wasn't acknowledged: the links that the old one got are no longer valid.
    """
    tag = Tag.PARTNER_CHANGED if partner else Tag.PARTNER_ADDED
    unread = _unread_notices(partner, fields) if partner and partner.email != fields.email else []
    partner = partner or Partner()
    partner.name, partner.email, partner.language = fields.name, fields.email, fields.language
    partner.save()
    partner.endpoints.set(fields.endpoints)
    for announcement in _open_announcements(fields.endpoints):
        _tell(announcement, [partner])
    for notice in unread:
        notice.partner = partner
        _mail(notice)
    _audit(
        tag,
        actor,
        origin,
        _partner_target(partner),
        {"email": fields.email, "endpoints": [endpoint.label for endpoint in fields.endpoints]},
    )
    return partner


@transaction.atomic
def remove_partner(partner: Partner, *, actor: User, origin: RequestOrigin) -> None:
    Partner.objects.filter(pk=partner.pk, removed_at=None).update(removed_at=timezone.now())
    _audit(Tag.PARTNER_REMOVED, actor, origin, _partner_target(partner), {"email": partner.email})


@transaction.atomic
def announce(
    *,
    endpoint: Endpoint,
    address: str,
    direction: AnnouncedDirection,
    effective_at: datetime,
    reason: str,
    actor: User,
    origin: RequestOrigin,
) -> AddressAnnouncement:
    """Publish the change with its date, and tell the endpoint's partners. Raises ValueError: it can't change so."""
    now = timezone.now()
    if direction == AnnouncedDirection.ADD:
        announce_address(endpoint, address, valid_from=effective_at, now=now)
    else:
        announce_withdrawal(endpoint, address, until=effective_at, now=now)
    # An earlier change of the same address is over: it couldn't be announced again otherwise.
    AddressAnnouncement.objects.filter(endpoint=endpoint, address=address, superseded_at=None).update(
        superseded_at=now
    )
    announcement = AddressAnnouncement.objects.create(
        endpoint=endpoint,
        address=address,
        direction=direction,
        effective_at=effective_at,
        reason=reason,
        announced_by_name=str(actor),
    )
    _tell(announcement, partners_of(endpoint))
    _audit(
        Tag.ADDRESS_ANNOUNCED,
        actor,
        origin,
        _address_target(announcement),
        {**_facts(announcement), "reason": reason},
    )
    return announcement


def _open_announcements(endpoints: Iterable[Endpoint]) -> list[AddressAnnouncement]:
    ahead = AddressAnnouncement.objects.filter(
        endpoint__in=endpoints, cancelled_at=None, superseded_at=None, effective_at__gt=timezone.now()
    )
    return list(ahead.select_related("endpoint"))


def _unread_notices(partner: Partner, fields: PartnerFields) -> list[PartnerNotice]:
    notices = PartnerNotice.objects.filter(
        partner=partner, acknowledged_at=None, announcement__endpoint__in=fields.endpoints
    )
    return [
        notice for notice in notices.select_related("announcement__endpoint", "partner") if is_open(notice)
    ]


def _tell(announcement: AddressAnnouncement, partners: Iterable[Partner]) -> None:
    for partner in partners:
        notice, is_new = PartnerNotice.objects.get_or_create(announcement=announcement, partner=partner)
        if is_new:
            _mail(notice)


def _mail(notice: PartnerNotice) -> None:
    notice.mails += 1
    if mail_announcement(notice, number=notice.mails):
        notice.mailed_at = timezone.now()
    notice.save(update_fields=["mails", "mailed_at"])


@transaction.atomic
def tell_again(announcement: AddressAnnouncement, *, actor: User, origin: RequestOrigin) -> int:
    """Everybody who hasn't acknowledged, and partners who were added since; return how many are told."""
    _tell(announcement, partners_of(announcement.endpoint))
    waiting = announcement.notices.filter(acknowledged_at=None, partner__removed_at=None)
    notices = list(waiting.select_related("partner", "announcement__endpoint"))
    for notice in notices:
        _mail(notice)
    _audit(
        Tag.ADDRESS_REPEATED,
        actor,
        origin,
        _address_target(announcement),
        {**_facts(announcement), "partners": [notice.partner.name for notice in notices]},
    )
    return len(notices)


def is_carried_out(announcement: AddressAnnouncement) -> bool:
    """Whether the address is used that was announced, or is off the list. That can't be taken back."""
    published = PublishedAddress.objects.filter(
        endpoint=announcement.endpoint, address=announcement.address, withdrawn_at=None
    )
    if announcement.direction == AnnouncedDirection.ADD:
        return not published.filter(state=AddressState.ANNOUNCED).exists()
    # One that went and came back is published anew, without an end.
    return not published.exclude(announced_until=None).exists()


@transaction.atomic
def cancel(announcement: AddressAnnouncement, *, actor: User, origin: RequestOrigin) -> bool:
    """Take it back, and say so to all who were told. False: it was taken back before, or has been carried out."""
    now = timezone.now()
    if is_carried_out(announcement):
        return False
    current = AddressAnnouncement.objects.filter(pk=announcement.pk, cancelled_at=None, superseded_at=None)
    if not current.update(cancelled_at=now):
        return False
    take_back(announcement.endpoint, str(announcement.address), now=now)
    for notice in announcement.notices.filter(partner__removed_at=None).select_related(
        "partner", "announcement__endpoint"
    ):
        mail_cancellation(notice)
    _audit(Tag.ADDRESS_CANCELLED, actor, origin, _address_target(announcement), _facts(announcement))
    return True


@transaction.atomic
def override(announcement: AddressAnnouncement, *, reason: str, actor: User, origin: RequestOrigin) -> bool:
    """Let the address go although not all partners know, or before its date.

    False: somebody has done so before, it is over, or no address goes.
    """
    current = AddressAnnouncement.objects.filter(
        pk=announcement.pk,
        direction=AnnouncedDirection.WITHDRAW,
        cancelled_at=None,
        superseded_at=None,
        overridden_at=None,
    )
    if not current.update(
        overridden_at=timezone.now(), overridden_by_name=str(actor), override_reason=reason
    ):
        return False
    waiting = [partner.name for partner in partners_waited_for(announcement)]
    _audit(
        Tag.ADDRESS_OVERRIDDEN,
        actor,
        origin,
        _address_target(announcement),
        {**_facts(announcement), "reason": reason, "partners": waiting},
    )
    return True


@transaction.atomic
def acknowledge(notice: PartnerNotice, *, origin: RequestOrigin) -> bool:
    """What the partner's button does. False: it was acknowledged before."""
    waiting = PartnerNotice.objects.filter(pk=notice.pk, acknowledged_at=None)
    if not waiting.update(acknowledged_at=timezone.now()):
        return False
    record(
        Tag.ADDRESS_ACKNOWLEDGED,
        # No account: whoever reads the partner's mail may press the button.
        actor_username=notice.partner.email,
        target=_address_target(notice.announcement),
        address=origin.address,
        reference=origin.reference,
        details={**_facts(notice.announcement), "partners": [notice.partner.name]},
    )
    return True


def publish(now: datetime) -> int:
    """Bring the allow list in step with the last good snapshots; return how many lines its history got."""
    return allowlist.publish(now, held=held_addresses())


def tell_of_events(now: datetime) -> int:
    """Tell partners of what nobody had announced; return how many mails were written. Each is written once."""
    events = PublicationEvent.objects.filter(at__gt=now - EVENT_MAIL_WITHIN).exclude(reason__in=NOT_MAILED)
    return sum(
        mail_event(event, partner)
        for event in events.select_related("endpoint").order_by("pk")
        for partner in partners_of(event.endpoint)
        if partner.created_at < event.at
    )


def _facts(announcement: AddressAnnouncement) -> dict[str, Any]:
    return {
        "endpoint": announcement.endpoint.label,
        "direction": announcement.direction,
        "effective_at": announcement.effective_at.isoformat(),
    }


def _address_target(announcement: AddressAnnouncement) -> AuditTarget:
    return AuditTarget(TargetKind.ADDRESS, str(announcement.address))


def _partner_target(partner: Partner) -> AuditTarget:
    return AuditTarget(TargetKind.PARTNER, str(partner.pk), partner.name)


def _audit(
    tag: Tag, actor: User, origin: RequestOrigin, target: AuditTarget, details: dict[str, Any]
) -> None:
    record(
        tag,
        actor=actor,
        target=target,
        address=origin.address,
        reference=origin.reference,
        details=details,
    )
