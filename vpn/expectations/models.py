"""Expectations, as administrators wrote them."""

from typing import ClassVar, Final

from django.db import models
from django.db.models import Q

from portal.access.models import USERNAME_LENGTH
from vpn.endpoints.models import Endpoint

NOTE_LENGTH: Final = 200
DESTINATION_LENGTH: Final = 50


class ReachExpectation(models.Model):
    """Of a group or of a person, never of both. ``destination``: a CIDR block. ``note``: why it is expected.

    ``allowed`` False: it should not be reached.
    """

    endpoint = models.ForeignKey(Endpoint, on_delete=models.CASCADE, related_name="reach_expectations")
    group_id = models.CharField(max_length=255, blank=True)
    username = models.CharField(max_length=USERNAME_LENGTH, blank=True)
    destination = models.CharField(max_length=DESTINATION_LENGTH)
    allowed = models.BooleanField()
    note = models.CharField(max_length=NOTE_LENGTH, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by_name = models.CharField(max_length=255)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["endpoint__label", "destination", "pk"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["endpoint", "group_id", "username", "destination"], name="reach_expectation_once"
            ),
            models.CheckConstraint(
                condition=Q(group_id="") ^ Q(username=""), name="reach_expectation_of_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group_id or self.username} {self.destination}"
