"""How to reach the helpdesk, in the words of the reader's language."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import get_language


@dataclass(frozen=True)
class HelpdeskContact:
    """``words`` may be empty: then pages say "your helpdesk". ``url`` (tel:, mailto: or https:) may be, too."""

    words: str
    url: str


def helpdesk_contact(language: str | None = None) -> HelpdeskContact:
    """In ``language``; by default in that of the page."""
    words = settings.HELPDESK_CONTACT
    if (language or get_language()) == "en" and settings.HELPDESK_CONTACT_EN:
        words = settings.HELPDESK_CONTACT_EN
    return HelpdeskContact(words, settings.HELPDESK_URL)
