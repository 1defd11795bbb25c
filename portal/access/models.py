"""Users, as the identity provider described them at their last sign-in.

The models of the sub-packages are imported here because Django looks for an app's models in this module.
"""

from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Concat, Lower

from portal.access.breakglass.models import BreakGlassLink
from portal.access.names import account_key, searched, sql_account_key
from portal.access.permissions import Permission, Role, permissions_for
from portal.access.saml.models import IdentityProviderMetadata, UsedAssertion
from portal.access.tokens.models import ApiToken

__all__ = ["ApiToken", "BreakGlassLink", "IdentityProviderMetadata", "UsedAssertion", "User", "UserManager"]

USERNAME_LENGTH = 255


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(account_key=account_key(username or ""))

    def named(self, username: str) -> "models.QuerySet[User]":
        """The user of that name, who may have signed in with it in another case; or none."""
        return self.filter(account_key=account_key(username))

    def with_name_in_another_case(self, username: str) -> "models.QuerySet[User]":
        """Others, whose names differ in case only. There is no such e-mail address: those are one account."""
        users = self.alias(lower=Lower("username")).filter(lower=Lower(models.Value(username)))
        return users.exclude(account_key=account_key(username))


class User(AbstractBaseUser):
    """``username`` is the SAML NameID: the same text that AWS writes as ``username`` into the connection log.

    It is kept as it was at the first sign-in. ``account_key`` is what people are found by, see UserManager.named().
    There are no passwords. ``groups`` and ``roles`` are those of the last sign-in and are replaced at each.
    ``language``: in which they last read the portal, for what is said to them elsewhere; empty: not known.
    """

    password = None  # type: ignore[assignment]
    username = models.CharField(max_length=USERNAME_LENGTH, unique=True)
    account_key = models.GeneratedField(
        expression=sql_account_key("username"),
        output_field=models.CharField(max_length=USERNAME_LENGTH),
        db_persist=True,
        unique=True,
    )
    email = models.CharField(max_length=320, blank=True)
    name = models.CharField(max_length=255, blank=True)
    groups: "models.Field[list[str], list[str]]" = ArrayField(models.CharField(max_length=255), default=list)
    roles: "models.Field[list[str], list[str]]" = ArrayField(models.CharField(max_length=16), default=list)
    language = models.CharField(max_length=10, blank=True, db_default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)
    # Searched for parts of a name. A line each, so that no match spans name and e-mail address.
    searched_names = models.GeneratedField(
        expression=searched(Concat("name", models.Value("\n"), "email")),
        output_field=models.TextField(),
        db_persist=True,
    )

    objects: ClassVar[UserManager] = UserManager()

    class Meta:
        # AWS need not write a name in the same case.
        indexes: ClassVar = [models.Index(Lower("username"), name="access_user_lower_username")]

    USERNAME_FIELD = "username"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return self.name or self.username

    def save(self, *args: Any, **kwargs: Any) -> None:
        # AbstractBaseUser.save() looks at the password that we don't have.
        models.Model.save(self, *args, **kwargs)

    @cached_property
    def permissions(self) -> frozenset[Permission]:
        return permissions_for(self.roles)

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    @property
    def role_names(self) -> list[str]:
        """The roles in words, the highest last; employee is left out if there is a higher one."""
        roles = [role for role in self.roles if role != Role.EMPLOYEE] or self.roles
        return [str(Role(role).label) for role in roles]
