"""Why an attempt to connect has just failed, by the helpdesk's own diagnosis, in words for whom it is about."""

from vpn.diagnosis.base.facts import person_facts
from vpn.diagnosis.base.layer import LayerId
from vpn.diagnosis.diagnose import diagnose
from vpn.egress.explanation import FailureCause, fix_problem, to_profiles
from vpn.egress.person import PersonContext


def failure_cause(person: PersonContext) -> FailureCause | None:
    """None: nothing failed just now, or no cause is known. The diagnosis is made only after a failure: it costs more.

    Its evidence stays with the helpdesk: it names others, endpoints' settings and operations.
    """
    if person.fresh_failure is None:
        return None
    diagnosis = diagnose(person_facts(person.user.username))
    layer = next((result.layer for result in diagnosis.results if result.cause), None)
    if diagnosis.cause is None:
        return None
    if diagnosis.cause.text.administrator:
        return FailureCause(diagnosis.cause.own, cure=None)
    cure = to_profiles() if layer is LayerId.PROFILE else fix_problem()
    return FailureCause(diagnosis.cause.own, cure)
