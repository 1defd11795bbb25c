"""The list and its history in words."""

from datetime import datetime
from typing import Final

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.text import join_sentences
from vpn.allowlist.models import PublicationEvent, PublicationKind, PublicationReason
from vpn.allowlist.queries import MissingReason

EVENT_TEXTS: Final[dict[PublicationKind, Promise]] = {
    PublicationKind.ANNOUNCED: gettext_lazy(
        "%(address)s will be used by %(endpoint)s. Please permit it before."
    ),
    PublicationKind.ADDED: gettext_lazy("%(endpoint)s uses %(address)s. Please permit it."),
    PublicationKind.WITHDRAWAL_ANNOUNCED: gettext_lazy(
        "%(address)s of %(endpoint)s will go. Please go on permitting it until then."
    ),
    PublicationKind.LEAVING: gettext_lazy(
        "The portal no longer sees %(address)s at %(endpoint)s. Please go on permitting it until the time that is "
        "given, in case it comes back."
    ),
    PublicationKind.RETURNED: gettext_lazy(
        "The portal sees %(address)s at %(endpoint)s again. Please go on permitting it."
    ),
    PublicationKind.WITHDRAWN: gettext_lazy(
        "%(endpoint)s no longer uses %(address)s. Please don't permit it any more: it may belong to somebody else soon."
    ),
    PublicationKind.CANCELLED: gettext_lazy(
        "What was announced of %(address)s of %(endpoint)s won't happen."
    ),
}
# What the moment of an event means: only these have one.
EFFECTIVE_TEXTS: Final[dict[PublicationKind, Promise]] = {
    PublicationKind.ANNOUNCED: gettext_lazy("From: %(time)s."),
    PublicationKind.WITHDRAWAL_ANNOUNCED: gettext_lazy("Until: %(time)s."),
    PublicationKind.LEAVING: gettext_lazy("Until: %(time)s."),
}
MISSING_TEXTS: Final[dict[MissingReason, Promise]] = {
    MissingReason.NEVER_READ: gettext_lazy("The portal couldn't read this endpoint from AWS yet."),
    MissingReason.NO_FIXED_ADDRESS: gettext_lazy("The portal sees no fixed IP address at this endpoint."),
    MissingReason.NO_ENDPOINT: gettext_lazy("The portal doesn't know any endpoint yet."),
}
# A kind of event that needs no reason beside it
SELF_EVIDENT: Final = frozenset({PublicationReason.PLANNED})


def event_text(event: PublicationEvent) -> str:
    """In the current language."""
    text = str(EVENT_TEXTS[PublicationKind(event.kind)]) % {
        "address": event.address,
        "endpoint": event.endpoint,
    }
    effective = (
        str(EFFECTIVE_TEXTS[PublicationKind(event.kind)]) % {"time": _time(event.effective_at)}
        if event.effective_at
        else ""
    )
    reason = (
        _("Reason: %(reason)s.") % {"reason": PublicationReason(event.reason).label}
        if event.reason not in SELF_EVIDENT
        else ""
    )
    return join_sentences(*(part for part in (text, effective, reason) if part))


def _time(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "Y-m-d H:i T")
