"""The files that the portal serves itself."""

from typing import Any

from django.conf import settings
from django.contrib.staticfiles.apps import StaticFilesConfig
from whitenoise.storage import CompressedManifestStaticFilesStorage


class CollectedFiles(StaticFilesConfig):
    """All that pages load: of django_htmx's files, only the htmx that they use. The others took most of collecting."""

    ignore_patterns = [*StaticFilesConfig.ignore_patterns, "htmx-2.js", "htmx-4*", "htmax-*", "ext"]  # noqa: RUF012


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's own, but each URL is worked out once: the names in the manifest stay while the process lives."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._urls: dict[str | None, str] = {}

    def url(self, name: str | None, force: bool = False) -> str:  # noqa: FBT001, FBT002 (Django's)
        if settings.DEBUG or force:
            return str(super().url(name, force))
        if name not in self._urls:
            self._urls[name] = super().url(name, force)
        return self._urls[name]
