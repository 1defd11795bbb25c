"""Whether the database would let the portal rewrite its audit record: ``check --deploy --database default``."""

from collections.abc import Sequence
from typing import Any, Final

from django.core.checks import CheckMessage, Tags, register
from django.core.checks import Warning as Caution
from django.db import DEFAULT_DB_ALIAS, connections

# A superuser may do everything. An owner, and whoever is a member of the owning role, can switch triggers off. Whoever
# owns the trigger's function could put another one in its place.
RIGHTS: Final = """
SELECT
    coalesce((SELECT rolsuper FROM pg_roles WHERE rolname = current_user), false),
    pg_has_role(current_user, c.relowner, 'MEMBER'),
    has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE')
        OR has_table_privilege(c.oid, 'TRUNCATE') OR has_table_privilege(c.oid, 'TRIGGER')
        OR has_any_column_privilege(c.oid, 'UPDATE'),
    EXISTS (
        SELECT FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid
        WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND pg_has_role(current_user, p.proowner, 'MEMBER')
    )
FROM pg_class c WHERE c.oid = to_regclass('audit_auditevent')
"""
REASONS: Final = (
    "is a superuser",
    "owns its table",
    "may change its rows",
    "owns the function that refuses changes",
)


@register(Tags.database, deploy=True)
def check_audit_rights(
    app_configs: Any, databases: Sequence[str] | None = None, **kwargs: Any
) -> list[CheckMessage]:
    """Only with ``--database``, as Django has it for checks that ask a database."""
    if DEFAULT_DB_ALIAS not in (databases or ()):
        return []
    with connections[DEFAULT_DB_ALIAS].cursor() as cursor:
        cursor.execute(RIGHTS)
        row = cursor.fetchone() or ()
    reasons = [reason for reason, holds in zip(REASONS, row, strict=False) if holds]
    if not reasons:
        return []
    message = f"The portal's database role could rewrite the audit record: it {', and '.join(reasons)}."
    hint = "Use two roles: infra/postgresql/roles.sql, docs/deploy.md."
    return [Caution(message, hint=hint, id="genkan.W010")]
