"""What counts only once: an assertion, and the answer to a request. The database decides, for all processes."""

import hashlib
from datetime import datetime, timedelta
from typing import Final

from django.db import IntegrityError, transaction
from django.utils import timezone

from portal.access.saml.assertion import SKEW, VerifiedAssertion
from portal.access.saml.models import UsedAssertion
from portal.access.saml.pending import SECONDS as PENDING_SECONDS
from portal.access.saml.refusal import AssertionRefused
from portal.access.saml.sent_requests import SECONDS as REQUEST_SECONDS

# Until the browser's cookie of the request has ended for certain
REQUEST_LIFETIME: Final = timedelta(seconds=REQUEST_SECONDS) + SKEW


def use_up(verified: VerifiedAssertion) -> None:
    """Raises AssertionRefused: ``replay`` or ``in_response_to``, if the assertion or another answer was used before.

    ``time``: if it is valid for so long that nobody can remember it until then.
    """
    try:
        kept_until = verified.valid_until + SKEW
    except OverflowError as error:
        raise AssertionRefused("time", f"SubjectConfirmationData {verified.valid_until}") from error
    if not _insert(verified.id, expires_at=kept_until):
        raise AssertionRefused("replay", verified.id)
    if verified.in_response_to is not None:
        key = _request_key(verified.in_response_to)
        if not _insert(key, expires_at=timezone.now() + REQUEST_LIFETIME):
            raise AssertionRefused("in_response_to", f"{verified.in_response_to} was answered before")


def is_used(verified: VerifiedAssertion) -> bool:
    return UsedAssertion.objects.filter(assertion_id=_digest(verified.id)).exists()


def is_just_answered(request_id: str) -> bool:
    """Whether the request was answered so shortly ago that the browser may not have got the page for that answer."""
    row = UsedAssertion.objects.filter(assertion_id=_digest(_request_key(request_id))).first()
    if row is None:
        return False
    answered_at = row.expires_at - REQUEST_LIFETIME
    return answered_at > timezone.now() - timedelta(seconds=PENDING_SECONDS)


def _request_key(request_id: str) -> str:
    return f"request {request_id}"


def _insert(key: str, *, expires_at: datetime) -> bool:
    """False if it is there already. The primary key decides: of several processes with the same key one inserts it."""
    try:
        with transaction.atomic():
            UsedAssertion.objects.create(assertion_id=_digest(key), expires_at=expires_at)
    except IntegrityError:
        return False
    return True


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
