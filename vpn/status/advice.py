"""What one person is told of a requirement: about the endpoints that the person may use, and which one helps."""

from collections.abc import Collection, Iterable, Sequence

from django.utils.translation import gettext as _

from portal.text import join_sentences, join_words, with_note
from vpn.assurance.models import Requirement, RequirementValue
from vpn.assurance.queries import RequirementState
from vpn.endpoints.models import Endpoint
from vpn.endpoints.trouble import EndpointTrouble, TroubleKind, solves
from vpn.status.texts import requirement_sentence

# Of these, another endpoint may be the answer; the others are nothing that a person can go around.
CHOOSABLE = {
    Requirement.FIXED_ADDRESS: TroubleKind.NO_EGRESS,
    Requirement.OFFICE_REACHED: TroubleKind.CLOSED,
}

TUNNELS = "tunnels"


def personal_sentence(
    state: RequirementState, of_endpoints: Sequence[RequirementState], allowed: Collection[Endpoint]
) -> str:
    """``of_endpoints``: the states of single endpoints. Names none that the person may not use."""
    general = str(requirement_sentence(state.requirement, state.value, warning=state.warning))
    own = [
        each
        for each in of_endpoints
        if each.requirement == state.requirement and each.endpoint is not None and each.endpoint in allowed
    ]
    # What all endpoints share isn't mended by choosing another.
    if state.value is RequirementValue.FAILS and state.requirement in CHOOSABLE and not _fails_for_all(state):
        return _failing_sentence(general, own, allowed)
    if state.value is RequirementValue.HOLDS and state.requirement == Requirement.FIXED_ADDRESS:
        return join_sentences(general, _addresses(allowed))
    return general


def concerns(
    failing: RequirementState, states: Iterable[RequirementState], allowed: Collection[Endpoint]
) -> bool:
    """Whether it fails for this person: at an endpoint of theirs, or at something that all endpoints share."""
    return _fails_for_all(failing) or any(
        each.value is RequirementValue.FAILS and each.endpoint in allowed
        for each in states
        if each.requirement == failing.requirement
    )


def _fails_for_all(state: RequirementState) -> bool:
    return any(part.value is RequirementValue.FAILS and part.endpoint is None for part in state.parts)


def _failing_sentence(general: str, own: Sequence[RequirementState], allowed: Collection[Endpoint]) -> str:
    failing = [each for each in own if each.value is RequirementValue.FAILS and each.endpoint]
    if not failing:
        return _("The endpoints that you may use aren't affected.") if own else general
    labels = join_words(each.endpoint.label for each in failing if each.endpoint)
    affected = _("Affected: %(labels)s.") % {"labels": labels}
    return join_sentences(general, affected, advice_instead(failing, own, allowed))


def advice_instead(
    failing: Sequence[RequirementState], own: Iterable[RequirementState], allowed: Iterable[Endpoint]
) -> str:
    """What helps whoever may use ``allowed``, while these states of endpoints fail; ``own``: all of the same kind."""
    others = _helping(failing, own, allowed)
    if others:
        return _("Connect to %(labels)s instead.") % {"labels": join_words(others)}
    return _("None of your other endpoints helps either; this page changes as soon as it works again.")


def _helping(
    failing: Sequence[RequirementState], own: Iterable[RequirementState], allowed: Iterable[Endpoint]
) -> list[str]:
    """Endpoints that solve the trouble of each that fails, by the function that decides for the notices, too."""
    requirement = failing[0].requirement
    troubles = [
        EndpointTrouble(each.endpoint, CHOOSABLE[requirement], each.since)
        for each in failing
        if each.endpoint
    ]
    solving = [endpoint for endpoint in allowed if all(solves(endpoint, trouble) for trouble in troubles)]
    if requirement == Requirement.OFFICE_REACHED:
        # What an endpoint is set to says nothing of the line behind it.
        reaching = [each.endpoint for each in own if _has_line(each)]
        solving = [endpoint for endpoint in solving if endpoint in reaching]
    return [endpoint.label for endpoint in solving]


def _has_line(state: RequirementState) -> bool:
    holding = {part.key for part in state.parts if part.value is RequirementValue.HOLDS}
    return state.value is not RequirementValue.FAILS and TUNNELS in holding


def _addresses(allowed: Iterable[Endpoint]) -> str:
    leading = [endpoint for endpoint in allowed if endpoint.egress_ips and not endpoint.split_tunnel]
    if not leading:
        return ""
    names = join_words(with_note(endpoint.label, join_words(endpoint.egress_ips)) for endpoint in leading)
    return _("Fixed addresses: %(names)s.") % {"names": names}
