"""An incident, what was posted about it, and what a post said before it was edited."""

from typing import ClassVar, Final

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

TITLE_LENGTH: Final = 120
TEXT_LENGTH: Final = 2000


class IncidentStage(models.TextChoices):
    LOOKING = "looking", _("Investigating")
    FOUND = "found", _("Cause found")
    WATCHING = "watching", _("Fixed, monitoring")
    OVER = "over", _("Resolved")


# Green only when it is over: while it is watched, it may come back.
TONES: Final = {
    IncidentStage.LOOKING: "out",
    IncidentStage.FOUND: "warn",
    IncidentStage.WATCHING: "info",
    IncidentStage.OVER: "ok",
}


class BilingualText:
    """A text of which one language at least was written; the reader of the other gets that one."""

    def __init__(self, ja: str, en: str, language: str | None = None) -> None:
        wanted = language or get_language() or "ja"
        other = "en" if wanted == "ja" else "ja"
        texts = {"ja": ja, "en": en}
        self.language = wanted if texts.get(wanted) else other
        self.text = texts[self.language]

    def __str__(self) -> str:
        return self.text


class Incident(models.Model):
    """``endpoint_ids``: AWS's ids; none: it concerns everybody. They outlive the endpoints.

    ``stage`` is that of the newest post. ``began_at`` is typed: people felt it before anybody wrote.
    """

    title_ja = models.CharField(max_length=TITLE_LENGTH, blank=True)
    title_en = models.CharField(max_length=TITLE_LENGTH, blank=True)
    endpoint_ids: "models.Field[list[str], list[str]]" = ArrayField(
        models.CharField(max_length=64), default=list
    )
    stage = models.CharField(max_length=10, choices=IncidentStage.choices)
    began_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["-began_at", "-pk"]
        indexes: ClassVar = [models.Index(fields=["over_at"], name="incident_over")]

    def __str__(self) -> str:
        return self.title_ja or self.title_en

    def get_absolute_url(self) -> str:
        return reverse("incident", args=[self.pk])

    @property
    def title(self) -> BilingualText:
        return BilingualText(self.title_ja, self.title_en)

    @property
    def tone(self) -> str:
        return TONES[IncidentStage(self.stage)]

    def concerns(self, endpoint_ids: set[str]) -> bool:
        return not self.endpoint_ids or bool(endpoint_ids & set(self.endpoint_ids))


class IncidentPost(models.Model):
    """``author``: the user name, which no employee is shown. ``edited_at``: when the texts were last replaced."""

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="posts")
    stage = models.CharField(max_length=10, choices=IncidentStage.choices)
    text_ja = models.TextField(blank=True)
    text_en = models.TextField(blank=True)
    posted_at = models.DateTimeField()
    author = models.CharField(max_length=255)
    edited_at = models.DateTimeField(null=True)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["-posted_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.incident} {self.posted_at:%Y-%m-%d %H:%M}"

    @property
    def text(self) -> BilingualText:
        return BilingualText(self.text_ja, self.text_en)

    @property
    def tone(self) -> str:
        return TONES[IncidentStage(self.stage)]


class IncidentPostVersion(models.Model):
    """What a post said until ``replaced_at``."""

    post = models.ForeignKey(IncidentPost, on_delete=models.CASCADE, related_name="versions")
    text_ja = models.TextField(blank=True)
    text_en = models.TextField(blank=True)
    replaced_at = models.DateTimeField()
    replaced_by = models.CharField(max_length=255)

    class Meta:
        app_label = "vpn"
        ordering: ClassVar = ["-replaced_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.post_id} {self.replaced_at:%Y-%m-%d %H:%M}"

    @property
    def text(self) -> BilingualText:
        return BilingualText(self.text_ja, self.text_en)
