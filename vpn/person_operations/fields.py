"""What the kinds that act on people have in common."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.access.models import USERNAME_LENGTH
from portal.access.names import account_key
from portal.text import join_words, normalize, with_note
from vpn.authorization_policy.models import EndpointPolicy
from vpn.authorization_policy.queries import PolicyState, policy_state
from vpn.connection_log.search.people import display_names
from vpn.endpoints.models import Endpoint, LiveConnection
from vpn.live_connections.queries import current_connections
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Tone, Topic, join_names
from vpn.operation_plans.context import endpoint_prices
from vpn.operation_plans.costs import Prices, connection_cost
from vpn.operation_plans.plan import PlanCheck, PlannedChange, PlannedPerson, make_check, planned_people
from vpn.operations.base.fields import PlainField
from vpn.operations.base.kind import OperationForm, Parameters
from vpn.operations.people_limit import too_many_people_text
from vpn.people.lookup import PersonMatch, match_person
from vpn.person_operations import find_connections

SEPARATORS: Final = re.compile(r"[,、;；]")
# More of them in one list is no help to choose.
MAX_CANDIDATES: Final = 12


@dataclass(frozen=True)
class TypedPerson:
    """``text`` as somebody typed it, and whom it means."""

    text: str
    match: PersonMatch


@dataclass(frozen=True)
class MeantPerson:
    """``known``: the portal has heard of the username; else it is what was typed."""

    username: str
    typed: str
    known: bool = True


class PeopleField(forms.CharField):
    """People, one a line or separated by commas: TypedPerson values, each text once.

    A name may hold blanks, and a comma where somebody is called “Tanaka, Misaki”.
    """

    widget = forms.Textarea(
        attrs={
            "rows": 3,
            "spellcheck": "false",
            "autocapitalize": "none",
            "autocomplete": "off",
            # people.js suggests people from there; without JavaScript this is a plain field.
            "data-people": reverse_lazy("people"),
        }
    )

    def clean(self, value: Any) -> Any:
        lines = str(super().clean(value) or "").splitlines()
        people = [person for line in lines if line.strip() for person in _typed_people(line.strip())]
        if len(people) > settings.OPERATION_MAX_PEOPLE:
            raise ValidationError(too_many_people_text(len(people)))
        return list({person.text: person for person in people}.values())


def _typed_people(line: str) -> list[TypedPerson]:
    whole = _typed_person(line)
    parts = [part.strip() for part in SEPARATORS.split(line) if part.strip()]
    if whole.match.person or len(parts) < 2:
        return [whole]
    return [_typed_person(part) for part in parts]


def _typed_person(text: str) -> TypedPerson:
    """Raises ValidationError for what can't be one person."""
    PlainField(max_length=USERNAME_LENGTH).clean(text)
    match = match_person(text)
    addresses = [word for word in normalize(text).split() if "@" in word]
    if len(addresses) > 1 and not match.person and not SEPARATORS.search(text):
        message = gettext("“%(line)s” holds %(count)s addresses. Write one person a line.")
        raise ValidationError(message % {"line": text, "count": len(addresses)})
    return TypedPerson(text, match)


def unknown_people_field(label: Any) -> forms.BooleanField:
    """Hidden until there is an unknown name: nobody should tick it beforehand."""
    return forms.BooleanField(label=label, required=False, widget=forms.HiddenInput)


class PeopleForm(OperationForm):
    """Whom the operation is about: each line becomes one account, or one name of the connection log.

    A line that may mean several people gets a field of its own to choose in. A line that means nobody stops the form
    unless ``accept_unknown``, which each kind adds with its own words, is ticked: to block a misspelled name keeps
    nobody out, and looks as if it did.
    """

    usernames = PeopleField(
        label=_("People"),
        help_text=_("A name, e-mail address or user name; one a line."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people: list[MeantPerson] = []

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        typed: list[TypedPerson] = data.get("usernames", [])
        meant = [self._meant_person(person, number) for number, person in enumerate(typed, start=1)]
        # Two lines may mean the same person.
        self.people = list({account_key(person.username): person for person in meant if person}.values())
        return data

    def parameters(self) -> Parameters:
        """``typed``: the words for those who were typed otherwise than they are called."""
        typed = {person.username: person.typed for person in self.people if person.typed != person.username}
        unknown = [person.username for person in self.people if not person.known]
        return {
            "usernames": [person.username for person in self.people],
            **({"typed": typed} if typed else {}),
            **({"unknown": unknown} if unknown else {}),
        }

    def known_username(self, text: str) -> str:
        """A username that needs no tick, though no account, log or live connection has it. Empty: there is none."""
        return ""

    def _meant_person(self, typed: TypedPerson, number: int) -> MeantPerson | None:
        """None: the form has an error for it."""
        if typed.match.person:
            return MeantPerson(typed.match.person.username, typed.text)
        if username := self.known_username(normalize(typed.text)):
            return MeantPerson(username, typed.text, known=False)
        chosen = self.data.get(f"choice_{number}", "")
        if any(person.username == chosen for person in typed.match.candidates):
            return MeantPerson(chosen, self._name_in_line(typed.text, chosen))
        if self.cleaned_data.get("accept_unknown"):
            self.fields["accept_unknown"].widget = forms.CheckboxInput()
            return MeantPerson(normalize(typed.text), typed.text, known=False)
        if typed.match.candidates:
            self._ask(typed, number)
        else:
            message = gettext(
                "The portal doesn't know “%(name)s”: no account and no connection has this name. Whoever hasn't "
                "signed in here is known by the user name alone, mostly the e-mail address."
            )
            self._refuse(message % {"name": typed.text})
        return None

    def _name_in_line(self, text: str, username: str) -> str:
        """The line then means this person by itself: on the plan, and when it is edited again."""
        named = f"{text} <{username}>"
        lines = [person.text for person in self.cleaned_data["usernames"]]
        self.data = {
            **{name: self.data[name] for name in self.data},
            "usernames": "\n".join(named if line == text else line for line in lines),
        }
        return named

    def _ask(self, typed: TypedPerson, number: int) -> None:
        shown = typed.match.candidates[:MAX_CANDIDATES]
        names = join_words(person.label for person in shown)
        if len(shown) < len(typed.match.candidates):
            message = gettext("“%(name)s” may mean many people. Write more of the name.")
            self._refuse(message % {"name": typed.text})
            return
        message = gettext("“%(name)s” may mean: %(people)s. Choose below, or write the user name.")
        self._refuse(message % {"name": typed.text, "people": names})
        self.fields[f"choice_{number}"] = forms.ChoiceField(
            label=gettext("Who is “%(name)s”?") % {"name": typed.text},
            choices=[
                ("", gettext("Choose a person")),
                *((person.username, person.label) for person in shown),
            ],
        )
        self.order_fields(["usernames", *(name for name in self.fields if name.startswith("choice_"))])

    def _refuse(self, message: str) -> None:
        self.fields["accept_unknown"].widget = forms.CheckboxInput()
        self.add_error("usernames", message)


def people_data(parameters: Parameters) -> dict[str, str]:
    """The form's data for the same people again: of an undo."""
    unknown = {"accept_unknown": "on"} if parameters.get("unknown") else {}
    return {"usernames": "\n".join(parameters["usernames"]), **unknown}


def who_is_meant(parameters: Parameters) -> tuple[PlanCheck, ...]:
    """A line for each person, for the top of the plan: what they are called, and what was typed."""
    names = display_names(parameters["usernames"])
    return tuple(_who_is_meant(username, names, parameters) for username in parameters["usernames"])


def _who_is_meant(username: str, names: Mapping[str, str], parameters: Parameters) -> PlanCheck:
    typed = parameters.get("typed", {}).get(username, "")
    if username in parameters.get("unknown", ()):
        text = gettext(
            "The portal doesn't know “%(name)s”: no account and no connection has this name. Check the spelling."
        )
        return PlanCheck("out", text % {"name": typed or username})
    name = names.get(username, "")
    label = with_note(name, username) if name and name != username else username
    text = gettext("%(person)s, typed as “%(typed)s”") if typed else "%(person)s"
    return PlanCheck("ok", text % {"person": label, "typed": typed})


def ended(connections: Sequence[LiveConnection]) -> tuple[PlannedChange, ...]:
    return tuple(
        PlannedChange(
            f"connection {connection.connection_id} ({connection.endpoint.label})", "active", "terminated"
        )
        for connection in connections
    )


def cost_checks(connections: Sequence[LiveConnection]) -> list[PlanCheck]:
    """A line for each price: endpoints may be in several regions."""
    counts: Counter[Prices] = Counter(endpoint_prices(connection.endpoint) for connection in connections)
    return [make_check(connection_cost(count, prices)) for prices, count in counts.items()]


def people_on(connections: Iterable[LiveConnection]) -> tuple[PlannedPerson, ...]:
    """Names from the portal, also where AWS lists a connection without any."""
    connections = list(connections)
    named = find_connections.connection_usernames(connections)
    for connection in connections:
        connection.username = named.get(connection.connection_id, "")
    return planned_people(connections)


def policy_states(policies: Sequence[Sequence[str]]) -> dict[str, PolicyState]:
    """By endpoint id. ``policies``: account, id and label of each endpoint whose authorization policy would be changed.

    In shadow mode a policy is evaluated and logged: it refuses nobody, and changing it disconnects nobody.
    """
    ids = [endpoint_id for _account, endpoint_id, _label in policies]
    read = EndpointPolicy.objects.filter(endpoint__endpoint_id__in=ids).select_related("endpoint")
    now = timezone.now()
    states = {policy.endpoint.endpoint_id: policy_state(policy, now) for policy in read}
    return {endpoint_id: states.get(endpoint_id, PolicyState.UNKNOWN) for endpoint_id in ids}


def policy_checks(policies: Sequence[Sequence[str]]) -> list[PlanCheck]:
    states = policy_states(policies)
    shadowed = [label for _account, id_, label in policies if states[id_] is PolicyState.SHADOW]
    resets = [label for _account, id_, label in policies if states[id_] is not PolicyState.SHADOW]
    checks = []
    if resets:
        values = {"labels": join_names(resets)}
        checks.append(make_check(Consequence(ConsequenceId.POLICY_RESETS, Tone.OUT, values)))
    if shadowed:
        text = gettext(
            "The authorization policy of %(labels)s is in shadow mode: changing it disconnects nobody, and it refuses "
            "nobody until it is enforced."
        )
        checks.append(PlanCheck("warn", text % {"labels": join_names(shadowed)}, Topic.ACCESS))
    return checks


def others_reset(policies: Sequence[Sequence[str]], theirs: Sequence[LiveConnection]) -> list[LiveConnection]:
    """Everybody else who is connected to an endpoint where changing the authorization policy ends all connections."""
    counted = {connection.connection_id for connection in theirs}
    states = policy_states(policies)
    endpoint_ids = [id_ for id_, state in states.items() if state is not PolicyState.SHADOW]
    connections = current_connections().filter(endpoint__endpoint_id__in=endpoint_ids)
    return [connection for connection in connections if connection.connection_id not in counted]


def nameless_checks() -> list[PlanCheck]:
    """Connections that nobody can attribute: said rather than passed over."""
    live = list(current_connections())
    nameless = len(live) - len(find_connections.connection_usernames(live))
    if not nameless:
        return []
    text = gettext(
        "%(count)s connections have no name yet, neither at AWS nor in the connection log. They are looked at again."
    )
    return [PlanCheck("warn", text % {"count": nameless}, Topic.CONNECTIONS)]


def all_endpoints() -> list[Endpoint]:
    return list(Endpoint.objects.select_related("account").filter(vanished_at=None))
