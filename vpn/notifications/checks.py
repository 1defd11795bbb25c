"""Mistakes in the settings of webhook and e-mail."""

from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.core.exceptions import ValidationError
from django.core.validators import validate_email


def check_notifications() -> list[CheckMessage]:
    return [*_webhook(), *_emails()]


def _webhook() -> list[CheckMessage]:
    parts = urlsplit(settings.NOTIFY_WEBHOOK_URL)
    schemes = {"https", "http"} if settings.SANDBOX else {"https"}
    printable = settings.NOTIFY_WEBHOOK_URL.isascii() and settings.NOTIFY_WEBHOOK_URL.isprintable()
    if not settings.NOTIFY_WEBHOOK_URL or (parts.scheme in schemes and parts.hostname and printable):
        return []
    hint = "Write the https URL that the chat program gave you."
    return [Error("NOTIFY_WEBHOOK_URL is no https URL.", hint=hint, id="genkan.E021")]


def _emails() -> list[CheckMessage]:
    errors: list[CheckMessage] = []
    for address in settings.NOTIFY_EMAILS:
        try:
            validate_email(address)
        except ValidationError:
            hint = "Separate addresses by commas, without names."
            errors.append(Error(f"NOTIFY_EMAILS: {address} is no address.", hint=hint, id="genkan.E022"))
    if settings.NOTIFY_EMAILS and not settings.EMAIL_HOST:
        hint = "Set EMAIL_URL, like smtps://user:password@mail.example.com."
        errors.append(
            Error("NOTIFY_EMAILS is set, but no mail server to send by.", hint=hint, id="genkan.E023")
        )
    return errors
