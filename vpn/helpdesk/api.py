"""`/api/helpdesk/diagnosis/`: one person's diagnosis, for scripts. A look with a reason, recorded as on the page."""

from datetime import datetime

from django.utils import timezone
from ninja import Router
from pydantic import BaseModel

from portal.access.permissions import Permission
from portal.access.tokens.audit_trail import record_api_use
from portal.access.tokens.guard import ApiRequest, TokenAuth
from portal.access.tokens.problems import ApiError
from portal.audit import targets
from portal.audit.tags import Tag
from portal.text import normalize
from vpn.diagnosis.base.facts import person_facts
from vpn.diagnosis.base.symptoms import Symptom, told
from vpn.diagnosis.diagnose import Diagnosis, diagnose
from vpn.helpdesk.opening import MAX_REASON, next_opening
from vpn.helpdesk.people import known_person

router = Router(auth=TokenAuth(Permission.HELPDESK_USE))


class DiagnosisRequestSchema(BaseModel):
    """``username`` as the portal or the connection log has it; ``reason``: a ticket number will do.

    ``sees``: what the person sees, a value of vpn.diagnosis.base.symptoms.Symptom; empty: nothing was said.
    """

    username: str
    reason: str
    sees: str = ""


class EvidenceSchema(BaseModel):
    text: str
    seen_at: datetime | None


class LayerSchema(BaseModel):
    """``state``: holds, fails, unknown or untested. ``ask``: what to ask the person, where it is unknown."""

    layer: str
    state: str
    evidence: list[EvidenceSchema]
    ask: str | None


class CauseSchema(BaseModel):
    """``id`` never changes. ``tell``: what to say to the person, by language."""

    id: str
    sentence: str
    tell: dict[str, str]
    helpdesk: str | None
    administrator: str | None
    operation: str | None


class DiagnosisSchema(BaseModel):
    """``cause`` null: no layer fails, as far as the portal knows."""

    username: str
    cause: CauseSchema | None
    layers: list[LayerSchema]


@router.post(
    "/helpdesk/diagnosis/",
    url_name="api_helpdesk_diagnosis",
    response=DiagnosisSchema,
    summary="Why one person can't use the VPN",
)
def diagnosis(request: ApiRequest, body: DiagnosisRequestSchema) -> DiagnosisSchema:
    reason = normalize(body.reason)
    if not 0 < len(reason) <= MAX_REASON:
        raise ApiError(
            "body-invalid", detail=f"reason must have 1 to {MAX_REASON} characters - at `$.reason`"
        )
    if body.sees and body.sees not in set(Symptom):
        raise ApiError("body-invalid", detail="sees must be one of the documented values - at `$.sees`")
    username, _account = known_person(body.username)
    with next_opening(request.token.owner) as is_allowed:
        if is_allowed:
            record_api_use(
                request, Tag.HELPDESK_PERSON_OPENED, target=targets.person(username), reason=reason
            )
    if not is_allowed:
        raise ApiError("too-many-requests", headers={"Retry-After": "3600"})
    return _schema(username, diagnose(person_facts(username, told(symptom=body.sees, at=timezone.now()))))


def _schema(username: str, diagnosed: Diagnosis) -> DiagnosisSchema:
    cause = diagnosed.cause
    return DiagnosisSchema(
        username=username,
        cause=CauseSchema(
            id=cause.id,
            sentence=cause.sentence,
            tell={language: cause.tell(language) for language in ("en", "ja")},
            helpdesk=cause.agent or None,
            administrator=cause.administrator or None,
            operation=cause.text.operation or None,
        )
        if cause
        else None,
        layers=[
            LayerSchema(
                layer=result.layer,
                state=result.state,
                evidence=[EvidenceSchema(text=line.text, seen_at=line.seen_at) for line in result.evidence],
                ask=result.ask or None,
            )
            for result in diagnosed.results
        ],
    )
