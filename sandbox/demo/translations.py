"""Compiled translations, which are not committed: written beside each .po, without GNU gettext."""

from pathlib import Path

import polib


def compile_all(locale: Path) -> int:
    """How many were written; those that are newer than their source stay."""
    stale = [source for source in sorted(locale.glob("*/LC_MESSAGES/*.po")) if _is_stale(source)]
    for source in stale:
        target = source.with_suffix(".mo")
        # Moved into place whole: somebody may be reading the old one.
        unfinished = target.with_suffix(".new")
        polib.pofile(str(source)).save_as_mofile(str(unfinished))
        unfinished.replace(target)
    return len(stale)


def _is_stale(source: Path) -> bool:
    target = source.with_suffix(".mo")
    return not target.exists() or target.stat().st_mtime_ns <= source.stat().st_mtime_ns
