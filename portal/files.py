"""The static files that the portal serves itself."""

from typing import Any, Final

import brotli
from django.contrib.auth.decorators import login_not_required
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.views.decorators.http import require_safe
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage


@login_not_required
@require_safe
def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it by this name beside what is no HTML page, such as /egress.json."""
    return redirect(static("portal/favicon.svg"), permanent=True)


class CollectedFiles(StaticFilesConfig):
    """All that pages load: of django_htmx one build of htmx, of ninja Swagger UI. Compressing the others takes long."""

    ignore_patterns = [  # noqa: RUF012
        *StaticFilesConfig.ignore_patterns,
        *("htmx-2.js", "htmx-4*", "htmax-*", "ext"),
        *("ninja/redoc*", "ninja/favicon*", "ninja/swagger-ui-init.js", "*.js.map"),
    ]


class FasterCompressor(Compressor):  # type: ignore[misc]
    """Brotli's highest level, WhiteNoise's choice, takes ten seconds for Swagger UI, and saves 8 % of it."""

    BROTLI_QUALITY: Final = 9

    @classmethod
    def compress_brotli(cls, data: bytes) -> bytes:
        return bytes(brotli.compress(data, quality=cls.BROTLI_QUALITY))


class StaticFiles(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """Files under names with their hash, compressed when they are collected."""

    def create_compressor(self, **options: Any) -> Compressor:
        return FasterCompressor(**options)
