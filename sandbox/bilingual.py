"""A text of the sandbox's own pages in the two languages that they are shown in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BilingualText:
    """The sandbox runs without Django, so that gettext's catalogues are not there: both texts stand side by side."""

    ja: str
    en: str

    def in_language(self, language: str) -> str:
        """The English text for ``en``, the Japanese one for every other language code."""
        return self.en if language == "en" else self.ja
