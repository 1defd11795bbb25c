"""Old code runs on while a migration is made (docs/upgrade.md): so migrations add, and fill in what they add."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

import pytest
from django.db import models
from django.db.migrations import Migration
from django.db.migrations import operations as ops
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState
from django.db.models import NOT_PROVIDED, Field
from django.db.models.functions import Lower

OURS: Final = {"access", "audit", "vpn"}
TAKES_AWAY: Final = (
    ops.RemoveField,
    ops.DeleteModel,
    ops.RenameField,
    ops.RenameModel,
    ops.AlterModelTable,
)


def in_the_database(operations: Iterable[Operation]) -> Iterator[Operation]:
    for operation in operations:
        if isinstance(operation, ops.SeparateDatabaseAndState):
            yield from in_the_database(operation.database_operations)
        else:
            yield operation


def stored_as(field: Field[Any, Any]) -> tuple[str, dict[str, object]]:
    """What the column is made from: choices, labels and the like leave it alone."""
    _, path, _, options = field.deconstruct()
    return path, {name: value for name, value in options.items() if name not in field.non_db_attrs}


def problems(migration: Migration, before: ProjectState) -> Iterator[str]:
    new: set[str] = set()
    state = before.clone()
    for operation in in_the_database(migration.operations):
        if isinstance(operation, ops.CreateModel):
            new.add(operation.name_lower)
        elif isinstance(operation, TAKES_AWAY):
            yield operation.describe()
        elif isinstance(operation, (ops.AddField, ops.AlterField)) and operation.model_name_lower not in new:
            where = f"{operation.model_name_lower}.{operation.name}"
            field = operation.field
            if isinstance(operation, ops.AddField):
                # Nobody writes a generated column: the database fills it in for old code too.
                written = not (field.many_to_many or isinstance(field, models.GeneratedField))
                if written and not (field.null or field.db_default is not NOT_PROVIDED):
                    yield f"{where} is required"
            else:
                old = state.models[migration.app_label, operation.model_name_lower].fields[operation.name]
                if narrower(old, field):
                    yield f"{where} is another column"
        operation.state_forwards(migration.app_label, state)


def narrower(old: Field[Any, Any], new: Field[Any, Any]) -> bool:
    """Whether something that old code writes no longer fits. To take null or longer texts is wider."""
    (old_path, was), (new_path, now) = stored_as(old), stored_as(new)
    for harmless in ("null", "max_length", "default", "db_default"):
        was.pop(harmless, None), now.pop(harmless, None)
    longest = (old.max_length or 10**9, new.max_length or 10**9)
    return (old_path, was) != (new_path, now) or (old.null and not new.null) or longest[0] > longest[1]


def found() -> Iterator[str]:
    loader = MigrationLoader(None)
    state = ProjectState()
    leaves = loader.graph.leaf_nodes()
    for key in dict.fromkeys(key for leaf in leaves for key in loader.graph.forwards_plan(leaf)):
        migration = loader.graph.nodes[key]
        if key[0] in OURS:
            for problem in problems(migration, state):
                yield f"{key[0]}.{key[1]}: {problem}"
        state = migration.mutate_state(state, preserve=False)


def test_old_code_can_go_on_with_the_tables_of_new_code() -> None:
    assert list(found()) == []


GENERATED: Final = models.GeneratedField(
    expression=Lower("label"), output_field=models.TextField(), db_persist=True
)


@pytest.mark.parametrize(
    ("operation", "problem"),
    [
        (ops.RemoveField("endpoint", "tags"), "Remove field tags from endpoint"),
        (ops.RenameField("endpoint", "tags", "labels"), "Rename field tags on endpoint to labels"),
        (ops.DeleteModel("endpoint"), "Delete model endpoint"),
        (ops.AddField("endpoint", "more", models.TextField(default="")), "endpoint.more is required"),
        (ops.AddField("endpoint", "more", models.TextField(null=True)), None),
        (ops.AddField("endpoint", "more", models.TextField(default="", db_default="")), None),
        (ops.AddField("endpoint", "more", GENERATED), None),
        (ops.AlterField("endpoint", "tags", models.IntegerField()), "endpoint.tags is another column"),
        (
            ops.AlterField("endpoint", "label", models.CharField(max_length=3)),
            "endpoint.label is another column",
        ),
        (ops.AlterField("endpoint", "label", models.CharField(max_length=9, choices=[("a", "b")])), None),
    ],
)
def test_it_tells_what_old_code_could_not_live_with(operation: Operation, problem: str | None) -> None:
    state = ProjectState()
    fields = [("tags", models.JSONField()), ("label", models.CharField(max_length=9))]
    ops.CreateModel("Endpoint", fields).state_forwards("vpn", state)

    class Next(Migration):
        operations = [operation]  # noqa: RUF012

    assert list(problems(Next("9999_next", "vpn"), state)) == ([problem] if problem else [])
