"""Operations and their steps. The row is the work: Celery carries only its key."""

import uuid
from typing import Any, ClassVar, Final

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, RangeOperators
from django.db import models
from django.db.models import Q
from django.urls import reverse

from vpn.endpoints.models import Endpoint
from vpn.operations.states import CANCELLABLE, LIVE, TERMINAL, OperationStatus, StepStatus

Json = dict[str, Any]
LOCK_CONSTRAINT: Final = "operation_side_by_side"


class Operation(models.Model):
    """One change, requested by a person. People know it by its ``number``; ClientTokens are derived from its ``id``.

    ``parameters``: what the kind's form gave. ``before``: what the plan keeps for the steps and for undoing. ``plan``:
    what the confirmation page showed, without texts. ``digest``: of the settings that the plan depends on. The worker
    that runs it has the ``lease`` and renews ``heartbeat_at``. ``error_*``: why it failed or, while it is live, why the
    last attempt must be repeated.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    # Not a sequence of PostgreSQL: a rollback would leave a gap in the numbers.
    number = models.BigIntegerField(unique=True)
    kind = models.CharField(max_length=40)
    endpoint = models.ForeignKey(Endpoint, on_delete=models.PROTECT, related_name="operations", null=True)
    parameters: "models.Field[Json, Json]" = models.JSONField(default=dict)
    before: "models.Field[Json, Json]" = models.JSONField(default=dict)
    plan: "models.Field[Json, Json]" = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    reason = models.TextField()
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="requested_operations"
    )
    # Copies: the record must stay readable after the user is deleted.
    requested_by_username = models.CharField(max_length=255)
    requested_by_name = models.CharField(max_length=255)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="decided_operations"
    )
    decided_by_name = models.CharField(max_length=255, blank=True)
    decided_at = models.DateTimeField(null=True)
    decision_reason = models.TextField(blank=True, default="", db_default="")
    status = models.CharField(max_length=20, choices=OperationStatus.choices)
    # The column and the constraint have their first names: during a deploy, old code uses them too.
    lock_range = BigIntegerRangeField(db_column="lane")
    undo_of = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="undone_by")
    not_before = models.DateTimeField(null=True)
    deadline_at = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_attempt_at = models.DateTimeField(null=True)
    error_id = models.CharField(max_length=40, blank=True)
    error_code = models.CharField(max_length=100, blank=True)
    error_message = models.TextField(blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            # In the database, because two requests at the same moment both see no other operation.
            ExclusionConstraint(
                name=LOCK_CONSTRAINT,
                expressions=[("lock_range", RangeOperators.OVERLAPS)],
                condition=Q(status__in=sorted(LIVE)),
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["kind", "-number"], name="operation_kind"),
            models.Index(fields=["endpoint", "-number"], name="operation_endpoint"),
            models.Index(
                fields=["next_attempt_at"],
                name="operation_unfinished",
                condition=~Q(status__in=sorted(TERMINAL)),
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.number} {self.kind}"

    def get_absolute_url(self) -> str:
        return reverse("operation", args=[self.pk])

    @property
    def is_terminal(self) -> bool:
        return self.status in TERMINAL

    @property
    def is_live(self) -> bool:
        return self.status in LIVE

    @property
    def is_cancellable(self) -> bool:
        return self.status in CANCELLABLE


class OperationFile(models.Model):
    """A text that is too long for parameters or steps, such as a revocation list in PEM."""

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=100)
    content = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "vpn"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operation", "name"], name="operation_file_name"),
        ]

    def __str__(self) -> str:
        return self.name


class OperationStep(models.Model):
    """A step of an operation. ``title`` is a msgid.

    ``acted_at`` is written before the AWS call, so a step that has one may have changed something. ``before`` and
    ``after`` are what AWS had when the step began and when it was done.
    """

    operation = models.ForeignKey(Operation, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    key = models.CharField(max_length=200)
    title = models.CharField(max_length=200)
    detail = models.TextField(blank=True)
    status = models.CharField(max_length=10, choices=StepStatus.choices, default=StepStatus.PENDING)
    aws_status = models.CharField(max_length=40, blank=True)
    before: "models.Field[Json, Json]" = models.JSONField(default=dict)
    after: "models.Field[Json, Json]" = models.JSONField(default=dict)
    started_at = models.DateTimeField(null=True)
    acted_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["operation", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["operation", "key"], name="operation_step_key"),
            models.UniqueConstraint(fields=["operation", "position"], name="operation_step_position"),
        ]

    def __str__(self) -> str:
        return f"{self.operation_id} {self.key}"
