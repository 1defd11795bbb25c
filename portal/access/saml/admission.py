"""From a verified assertion to a user with the roles that its groups give, and an audit event of what changed."""

from typing import Final

from django.conf import settings
from django.db import transaction

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.access.roles import roles_for
from portal.access.saml.assertion import VerifiedAssertion
from portal.access.saml.refusal import AssertionRefused
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag

LONGEST_GROUP_ID: Final = 255  # AWS's limit, and the column's


def admit(verified: VerifiedAssertion, *, origin: RequestOrigin) -> User | None:
    """The user of a verified assertion with the roles that its groups give now. None: no group, no entry.

    Users are found by NameID alone, never by e-mail address. Raises AssertionRefused for a user
    who has been deactivated.
    """
    sent = verified.attributes.get(settings.SAML_ATTRIBUTE_GROUPS, [])
    groups = [group for group in sent if len(group) <= LONGEST_GROUP_ID]
    roles = roles_for(groups, role_groups=settings.ROLE_GROUPS)
    with transaction.atomic():
        # Two sign-ins of one person at the same time would each record roles that the other has replaced.
        user = User.objects.select_for_update().filter(username=verified.name_id).first()
        if user is not None and not user.is_active:
            raise AssertionRefused("deactivated", verified.name_id)
        if user is None and roles:
            user, _created = User.objects.get_or_create(username=verified.name_id)
        if user is not None:
            _update(user, verified, groups=groups, roles=roles, origin=origin)
        if not roles:
            _turn_away(verified, groups, origin=origin)
            return None
    return user


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


def _turn_away(verified: VerifiedAssertion, groups: list[str], *, origin: RequestOrigin) -> None:
    record(
        Tag.SIGN_IN_NO_ENTRY,
        actor_username=verified.name_id,
        target=targets.person(verified.name_id),
        address=origin.address,
        reference=origin.reference,
        details={"groups": groups[:200]},
    )


def _first(verified: VerifiedAssertion, attribute: str) -> str:
    return next(iter(verified.attributes.get(attribute, [])), "")[:320]
