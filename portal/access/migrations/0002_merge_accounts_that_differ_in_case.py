"""E-mail addresses that differ in case only become one account, before a unique column holds that."""

from collections import defaultdict
from typing import Any

import structlog
from django.db import migrations
from django.db.models import F

logger = structlog.get_logger(__name__)


def merge_accounts(apps: Any, schema_editor: Any) -> None:
    """Keep the one that signed in last, with what belongs to the others. One that was switched off stays out."""
    User = apps.get_model("access", "User")
    accounts = defaultdict(list)
    for user in User.objects.filter(username__contains="@").order_by(F("last_login").desc(nulls_last=True), "pk"):
        # As portal.access.names.account_key, which may change after this migration.
        accounts["".join(letter.lower() if letter.isascii() else letter for letter in user.username)].append(user)
    for kept, *others in accounts.values():
        for other in others:
            hand_over(other, kept)
            kept.is_active = kept.is_active and other.is_active
            other.delete()
            logger.warning("accounts merged", kept=kept.username, merged=other.username)
        if others:
            kept.save(update_fields=["is_active"])


def hand_over(other: Any, kept: Any) -> None:
    """All rows of other tables, whatever application they are of; of what a person has once, the kept one's counts."""
    for relation in type(other)._meta.related_objects:
        rows = relation.related_model._base_manager
        name = relation.field.name
        if relation.one_to_one and rows.filter(**{name: kept}).exists():
            continue
        rows.filter(**{name: other}).update(**{name: kept})


class Migration(migrations.Migration):
    dependencies = [
        ("access", "0001_initial"),
    ]

    operations = [migrations.RunPython(merge_accounts, migrations.RunPython.noop)]
