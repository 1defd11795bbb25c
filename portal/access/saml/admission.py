"""From a verified assertion to a user with the roles that its groups give, and an audit event of what changed."""

import unicodedata
from typing import Final

import structlog
from django.conf import settings
from django.db import IntegrityError, transaction

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.access.roles import roles_for
from portal.access.saml.assertion import VerifiedAssertion
from portal.access.saml.groups import MOST_RECORDED, SentGroups, sent_groups
from portal.access.saml.refusal import AssertionRefused
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag

JOINERS: Final = frozenset("\u200c\u200d")

logger = structlog.get_logger(__name__)


def admit(verified: VerifiedAssertion, *, origin: RequestOrigin) -> User | None:
    """The user of a verified assertion with the roles that its groups give now. None: no group, no entry.

    Users are found by NameID alone, never by e-mail address. Raises AssertionRefused for a user
    who has been deactivated.
    """
    groups = sent_groups(verified)
    if groups.problems:
        logger.warning("groups could not be read", username=verified.name_id, **groups.problems)
    roles = roles_for(groups.ids, role_groups=settings.ROLE_GROUPS)
    with transaction.atomic():
        # Two sign-ins of one person at the same time would each record roles that the other has replaced.
        user = User.objects.named(verified.name_id).select_for_update().first()
        if user is not None and not user.is_active:
            raise AssertionRefused("deactivated", verified.name_id)
        if user is None and roles:
            user = _create(verified.name_id)
        if user is not None:
            _update(user, verified, groups=groups.ids, roles=roles, origin=origin)
        if not roles:
            # An account's own spelling, so that all events of a person have one name.
            username = user.username if user else verified.name_id
            _turn_away(username, verified, groups, origin=origin)
            return None
    return user


def _create(username: str) -> User:
    try:
        with transaction.atomic():
            return User.objects.create(username=username)
    except IntegrityError:
        # Created by another sign-in at the same time, perhaps in another case.
        return User.objects.named(username).select_for_update().get()


def _update(
    user: User, verified: VerifiedAssertion, *, groups: list[str], roles: list[str], origin: RequestOrigin
) -> None:
    before = user.roles
    user.email = _first(verified, settings.SAML_ATTRIBUTE_EMAIL) or verified.name_id
    names = (_first(verified, attribute) for attribute in settings.SAML_ATTRIBUTE_NAME)
    user.name = " ".join(filter(None, names))[:255]
    user.groups, user.roles = groups, roles
    user.save(update_fields=["email", "name", "groups", "roles"])
    if before != roles:
        record(
            Tag.ROLES_CHANGED,
            actor=user,
            target=targets.person(user.username),
            address=origin.address,
            reference=origin.reference,
            details={"before": before, "after": roles},
        )


def _turn_away(
    username: str, verified: VerifiedAssertion, groups: SentGroups, *, origin: RequestOrigin
) -> None:
    # Without any group the attribute may have another name than SAML_ATTRIBUTE_GROUPS says.
    names = {} if groups.ids else {"attributes": verified.attribute_names}
    record(
        Tag.SIGN_IN_NO_ENTRY,
        actor_username=username,
        target=targets.person(username),
        address=origin.address,
        reference=origin.reference,
        details={"groups": groups.ids[:MOST_RECORDED], **groups.problems, **names},
    )


def _first(verified: VerifiedAssertion, attribute: str) -> str:
    """The first value that shows anything, without characters that can't be seen, so that a search finds it."""
    values = map(_visible, verified.attributes.get(attribute, []))
    return next(filter(None, values), "")[:320]


def _visible(text: str) -> str:
    # Joiners stay: without them Persian names and some emoji look different.
    kept = "".join(
        character for character in text if character in JOINERS or unicodedata.category(character) != "Cf"
    )
    return kept if kept.strip("".join(JOINERS)) else ""
