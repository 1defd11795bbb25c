"""When what an evaluation saw becomes what is told: a blip of a minute tells nobody. Pure."""

from datetime import datetime
from typing import Final

from django.utils.translation import gettext_noop as _

from vpn.assurance.models import PartStatus, RequirementValue
from vpn.assurance.part import PartResult, unknown
from vpn.assurance.queries import OLD

# So many evaluations in a row, a minute apart.
WORSE_AFTER: Final = 3
BETTER_AFTER: Final = 5
NEW: Final = _("It was looked at for the first time; some minutes will tell whether what was seen lasts.")


def settle(row: PartStatus, result: PartResult, now: datetime) -> None:
    """Put what was seen into the row of the part; its value and sentence change only when that lasts.

    A new row has neither, and takes everything as it is but a failure, which must last here, too: all parts of an
    endpoint are new when it opens again, and AWS lets people in before its last routes are there. A row that nobody
    has evaluated for a while takes even that, because nothing is known of the time between.
    """
    is_new = row.pk is None
    is_first = is_new or row.evaluated_at < now - OLD
    row.evaluated_at = now
    if is_first or row.seen != result.value:
        row.seen, row.seen_since, row.seen_count = result.value, now, 0
    row.seen_count += 1
    if is_new and result.value == RequirementValue.FAILS and not result.final:
        row.value, row.since = RequirementValue.UNKNOWN, now
        _copy(row, unknown(NEW), now)
        return
    changes = row.value != result.value
    if changes and (is_first or row.seen_count >= _evaluations_needed(row, result)):
        # As soon as it is believed, it is known to have begun when it was first seen.
        row.value, row.since = result.value, row.seen_since
        changes = False
    if not changes:
        _copy(row, result, now)


def _evaluations_needed(row: PartStatus, result: PartResult) -> int:
    if result.final:
        return 1
    if result.value == RequirementValue.HOLDS:
        # What wasn't known needs no time to recover.
        return 1 if row.value == RequirementValue.UNKNOWN else BETTER_AFTER
    return WORSE_AFTER


def _copy(row: PartStatus, result: PartResult, now: datetime) -> None:
    row.warning, row.sentence, row.values = result.warning, result.sentence, result.values
    before = row.subjects
    row.subjects = {name: before.get(name, now.isoformat()) for name in result.subjects}
    mended = {name: now.isoformat() for name in before if name not in row.subjects}
    kept = {name: at for name, at in row.mended.items() if name not in row.subjects and _is_recent(at, now)}
    # What can't be told isn't mended.
    row.mended = kept if result.value == RequirementValue.UNKNOWN else kept | mended


def _is_recent(moment: str, now: datetime) -> bool:
    return (now - datetime.fromisoformat(moment)).days < 1
