"""The guide's link to the person, by e-mail: to the address that the account or the directory has, and no other."""

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.access.models import User
from portal.access.names import account_key
from portal.access.requests import RequestOrigin
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag
from vpn.helpdesk.people import person_address
from vpn.notifications.services import notify_person


def can_send_guide(account: User | None, username: str) -> bool:
    return bool(settings.EMAIL_HOST and person_address(account, username))


def send_guide(username: str, account: User | None, *, agent: User, origin: RequestOrigin) -> bool:
    """False: there is no address, no mail server, or it was sent within this hour already."""
    hour = timezone.now().strftime("%Y%m%d%H")
    with transaction.atomic():
        is_sent = notify_person(
            address=person_address(account, username),
            subject=_("How to connect to the company VPN"),
            text=_("The helpdesk sends you this link: it leads to the steps for your computer."),
            url=reverse("guides"),
            key=f"guide:{hour}:{account_key(username)}",
            language=account.language if account else "",
        )
        if is_sent:
            record(
                Tag.HELPDESK_GUIDE_SENT,
                actor=agent,
                target=targets.person(username),
                address=origin.address,
                reference=origin.reference,
            )
    return is_sent
