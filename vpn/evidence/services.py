"""Making evidence packs: complete, or none."""

import json
from datetime import date, timedelta
from hashlib import sha256
from itertools import islice
from typing import Any, Final

from django.db import transaction
from django.utils import timezone

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit.models import AuditEvent
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget, TargetKind
from vpn.connection_summary.ranges import midnight
from vpn.evidence.models import EvidencePack
from vpn.evidence.sections import SECTIONS

# A table that is longer than this is read by nobody, and would no longer fit a web worker's memory.
MOST_ROWS: Final = 100_000


class EvidenceTooLong(Exception):
    """A section has more than MOST_ROWS rows. It is not cut: there is no pack. ``section``: its id."""

    def __init__(self, section: str) -> None:
        super().__init__(section)
        self.section = section


@transaction.atomic
def make_pack(
    first: date, last: date, *, actor: User | None = None, origin: RequestOrigin | None = None
) -> EvidencePack:
    """``actor`` None: the portal itself. Raises EvidenceTooLong; whatever else fails stops it as well."""
    since, until = midnight(first), midnight(last + timedelta(days=1))
    sections: dict[str, list[list[Any]]] = {}
    for section in SECTIONS:
        rows = list(islice(section.rows(since, until), MOST_ROWS + 1))
        if len(rows) > MOST_ROWS:
            raise EvidenceTooLong(section.id)
        sections[section.id] = rows
    pack = EvidencePack.objects.create(
        first=first,
        last=last,
        made_at=timezone.now(),
        made_by=actor.username if actor else "",
        sections=sections,
        sha256=content_hash(sections),
    )
    record(
        Tag.EVIDENCE_MADE,
        actor=actor,
        target=AuditTarget(TargetKind.EVIDENCE, str(pack.pk), str(pack)),
        address=origin.address if origin else None,
        reference=origin.reference if origin else "",
        details={"first": first.isoformat(), "last": last.isoformat(), "sha256": pack.sha256},
    )
    return pack


def make_last_month() -> EvidencePack | None:
    """Of the last whole month, once; None: it is there already."""
    last = timezone.localdate().replace(day=1) - timedelta(days=1)
    first = last.replace(day=1)
    if EvidencePack.objects.filter(first=first, last=last, made_by="").exists():
        return None
    return make_pack(first, last)


def recorded_hash(pack: EvidencePack) -> str:
    """As the audit record has it, which nobody can change unseen; empty: there is no such event."""
    event = AuditEvent.objects.filter(tag=Tag.EVIDENCE_MADE, target_id=str(pack.pk)).first()
    return str(event.details.get("sha256", "")) if event else ""


def content_hash(sections: dict[str, Any]) -> str:
    """SHA-256 in hexadecimal of the sections as JSON: keys in order, no blanks, UTF-8."""
    text = json.dumps(sections, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return sha256(text.encode()).hexdigest()
