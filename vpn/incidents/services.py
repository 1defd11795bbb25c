"""Writing incidents. Each change is recorded, and what was published before it is kept."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from portal.access.models import User
from portal.access.permissions import Permission
from portal.access.requests import RequestOrigin
from portal.audit.services import record
from portal.audit.tags import Tag
from portal.audit.targets import AuditTarget, TargetKind
from vpn.incidents.mails import send_post
from vpn.incidents.models import Incident, IncidentPost, IncidentPostVersion, IncidentStage

# Of the form, as Incident has them
ABOUT = ("title_ja", "title_en", "endpoint_ids", "began_at")


@transaction.atomic
def open_incident(*, fields: dict[str, Any], actor: User, origin: RequestOrigin | None = None) -> Incident:
    """``fields``: ABOUT, and ``stage``, ``text_ja``, ``text_en`` of the first post. Raises PermissionDenied."""
    _require(actor)
    incident = Incident(**{name: fields[name] for name in ABOUT}, stage=fields["stage"])
    incident.save(force_insert=True)
    _add_post(incident, fields, actor)
    _record(Tag.INCIDENT_OPENED, incident, actor, origin, _details(incident) | _post_details(fields))
    return incident


@transaction.atomic
def post(
    *, incident: Incident, fields: dict[str, Any], actor: User, origin: RequestOrigin | None = None
) -> None:
    """``fields``: ``stage``, ``text_ja``, ``text_en``. Raises PermissionDenied.

    Any stage may follow any: what seemed over may begin again.
    """
    _require(actor)
    # Of two people who post at once, the later one's stage is the incident's.
    current = Incident.objects.select_for_update().get(pk=incident.pk)
    _add_post(current, fields, actor)
    _record(Tag.INCIDENT_POSTED, current, actor, origin, _post_details(fields))


@transaction.atomic
def edit_post(
    *, post: IncidentPost, fields: dict[str, Any], actor: User, origin: RequestOrigin | None = None
) -> None:
    """Replace the texts; what they were stays readable for those who write. Raises PermissionDenied."""
    _require(actor)
    current = IncidentPost.objects.select_for_update(of=("self",)).select_related("incident").get(pk=post.pk)
    before = {"text_ja": current.text_ja, "text_en": current.text_en}
    after = {name: fields[name] for name in before}
    if before == after:
        return
    now = timezone.now()
    IncidentPostVersion.objects.create(post=current, replaced_at=now, replaced_by=actor.username, **before)
    IncidentPost.objects.filter(pk=current.pk).update(edited_at=now, **after)
    _record(Tag.INCIDENT_EDITED, current.incident, actor, origin, {"before": before, "after": after})


@transaction.atomic
def edit_incident(
    *, incident: Incident, fields: dict[str, Any], actor: User, origin: RequestOrigin | None = None
) -> None:
    """Title, endpoints and beginning; the record keeps what they were. Raises PermissionDenied."""
    _require(actor)
    current = Incident.objects.select_for_update().get(pk=incident.pk)
    before = _details(current)
    for name in ABOUT:
        setattr(current, name, fields[name])
    current.save(update_fields=ABOUT)
    after = _details(current)
    if before != after:
        _record(Tag.INCIDENT_EDITED, current, actor, origin, {"before": before, "after": after})


def _add_post(incident: Incident, fields: dict[str, Any], actor: User) -> None:
    now = timezone.now()
    added = IncidentPost.objects.create(
        incident=incident,
        stage=fields["stage"],
        text_ja=fields["text_ja"],
        text_en=fields["text_en"],
        posted_at=now,
        author=actor.username,
    )
    incident.stage = fields["stage"]
    incident.over_at = now if incident.stage == IncidentStage.OVER else None
    incident.save(update_fields=["stage", "over_at"])
    send_post(incident, added)


def _require(actor: User) -> None:
    if not actor.may(Permission.INCIDENT_WRITE):
        raise PermissionDenied(Permission.INCIDENT_WRITE)


def _details(incident: Incident) -> dict[str, Any]:
    return {
        "title_ja": incident.title_ja,
        "title_en": incident.title_en,
        "endpoints": list(incident.endpoint_ids),
        "began_at": incident.began_at.isoformat(),
    }


def _post_details(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: str(fields[name]) for name in ("stage", "text_ja", "text_en")}


def _record(
    tag: Tag, incident: Incident, actor: User, origin: RequestOrigin | None, details: dict[str, Any]
) -> None:
    record(
        tag,
        actor=actor,
        target=AuditTarget(TargetKind.INCIDENT, str(incident.pk), str(incident)),
        address=origin.address if origin else None,
        reference=origin.reference if origin else "",
        details=details,
    )
