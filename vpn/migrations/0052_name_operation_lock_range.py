"""Call the range that an operation locks by its name. The column keeps its own: old code still reads and writes it."""

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies: ClassVar = [("vpn", "0052_finding_kinds_of_the_rules")]

    operations: ClassVar = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint(model_name="operation", name="operation_side_by_side"),
                migrations.RenameField(model_name="operation", old_name="lane", new_name="lock_range"),
                migrations.AlterField(
                    model_name="operation",
                    name="lock_range",
                    field=BigIntegerRangeField(db_column="lane"),
                ),
                migrations.AddConstraint(
                    model_name="operation",
                    constraint=ExclusionConstraint(
                        name="operation_side_by_side",
                        expressions=[("lock_range", RangeOperators.OVERLAPS)],
                        condition=models.Q(status__in=["cancelling", "queued", "running", "waiting"]),
                    ),
                ),
            ],
        ),
    ]
