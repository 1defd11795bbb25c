"""`/api/helpdesk/`: one person's diagnosis, and what that person reaches. Recorded as on the page, with a reason."""

from collections.abc import Sequence
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
from vpn.diagnosis.base.layer import EvidenceLine
from vpn.diagnosis.base.symptoms import Symptom, told
from vpn.diagnosis.diagnose import Diagnosis, diagnose
from vpn.directory.queries import group_names
from vpn.endpoints.queries import is_stale
from vpn.helpdesk.opening import MAX_REASON, next_opening
from vpn.helpdesk.people import known_person
from vpn.reachability.forms import DestinationForm
from vpn.reachability.questions import answer
from vpn.reachability.rules.evaluation import ReachOutcome
from vpn.reachability.texts import answer_texts, no_endpoint_texts

router = Router()


class DiagnosisRequestSchema(BaseModel):
    """``username`` as the portal or the connection log has it; ``reason``: a ticket number will do.

    ``sees``: what the person sees, which AWS can't tell; null: nothing was said.
    """

    username: str
    reason: str
    sees: Symptom | None = None


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


class ReachabilityRequestSchema(BaseModel):
    """``destination``: an address or a network, never a name: what a name means, only the person's computer knows."""

    username: str
    destination: str
    reason: str


class ReachabilitySchema(BaseModel):
    """``outcome``: unknown also where no endpoint is known or its data is old; the others are ReachOutcome's.

    ``groups_from``: vpn (what the connect handler saw), sign-in (the last one to the portal), or nobody.
    """

    username: str
    destination: str
    endpoint_id: str | None
    outcome: str
    sentence: str
    groups_from: str | None
    evidence: list[EvidenceSchema]


@router.post(
    "/helpdesk/diagnosis/",
    auth=TokenAuth(Permission.HELPDESK_USE),
    url_name="api_helpdesk_diagnosis",
    response=DiagnosisSchema,
    summary="Why one person can't use the VPN",
)
def diagnosis(request: ApiRequest, body: DiagnosisRequestSchema) -> DiagnosisSchema:
    username = _open(request, body.username, body.reason)
    return _schema(
        username, diagnose(person_facts(username, told(symptom=body.sees or "", at=timezone.now())))
    )


@router.post(
    "/helpdesk/reachability/",
    auth=TokenAuth(Permission.REACHABILITY_READ),
    url_name="api_helpdesk_reachability",
    response=ReachabilitySchema,
    summary="Whether one person reaches an address through the VPN",
)
def reachability(request: ApiRequest, body: ReachabilityRequestSchema) -> ReachabilitySchema:
    # Before the person is opened: what was mistyped is no look at anybody.
    form = DestinationForm({"to": body.destination})
    if not form.is_valid():
        raise ApiError("body-invalid", detail=f"{form.errors['to'][0]} - at `$.destination`")
    username = _open(request, body.username, body.reason)
    answered = answer(person_facts(username), form.cleaned_data["to"])
    texts = answer_texts(answered, group_names()) if answered else no_endpoint_texts()
    # What was true an hour ago is no answer now, as on the page.
    is_known = answered is not None and not is_stale(answered.endpoint)
    return ReachabilitySchema(
        username=username,
        destination=str(form.cleaned_data["to"]),
        endpoint_id=answered.endpoint.endpoint_id if answered else None,
        outcome=answered.reachability.outcome if answered and is_known else ReachOutcome.UNKNOWN,
        sentence=texts.sentence,
        groups_from=answered.seen.source if answered else None,
        evidence=_evidence(texts.evidence),
    )


def _open(request: ApiRequest, given: str, why: str) -> str:
    """The name as the portal has it, after the look was recorded. Raises ApiError, Http404."""
    reason = normalize(why)
    if not 0 < len(reason) <= MAX_REASON:
        raise ApiError(
            "body-invalid", detail=f"reason must have 1 to {MAX_REASON} characters - at `$.reason`"
        )
    username, _account = known_person(given)
    with next_opening(request.token.owner) as is_allowed:
        if is_allowed:
            record_api_use(
                request, Tag.HELPDESK_PERSON_OPENED, target=targets.person(username), reason=reason
            )
    if not is_allowed:
        raise ApiError("too-many-requests", headers={"Retry-After": "3600"})
    return username


def _evidence(lines: Sequence[EvidenceLine]) -> list[EvidenceSchema]:
    return [EvidenceSchema(text=line.text, seen_at=line.seen_at) for line in lines]


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
                evidence=_evidence(result.evidence),
                ask=result.ask or None,
            )
            for result in diagnosed.results
        ],
    )
