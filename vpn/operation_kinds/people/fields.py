"""What the kinds that act on people have in common."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.access.models import USERNAME_LENGTH, User
from vpn.connection_log.models import ConnectionUser
from vpn.endpoints.models import Endpoint, LiveConnection
from vpn.live_connections.queries import current_connections
from vpn.operation_kinds.people import find_connections
from vpn.operations.base.fields import PlainField
from vpn.operations.base.kind import OperationForm, Parameters
from vpn.operations.people_limit import too_many_people_text
from vpn.operations.plan.consequences import Topic
from vpn.operations.plan.context import endpoint_prices
from vpn.operations.plan.costs import Prices, connection_cost
from vpn.operations.plan.plan import PlanCheck, PlannedChange, PlannedPerson, make_check, planned_people


class PeopleField(forms.CharField):
    """User names, one a line; spelled as the portal knows them. A name may hold blanks: only a line ends it."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "none"})

    def clean(self, value: Any) -> Any:
        text = str(super().clean(value) or "")
        lines = [line.strip() for line in re.split(r"[\n,、]", text) if line.strip()]
        field = PlainField(max_length=USERNAME_LENGTH)
        names = list(dict.fromkeys(spelled(field.clean(line)) for line in lines))
        if len(names) > settings.OPERATION_MAX_PEOPLE:
            raise ValidationError(too_many_people_text(len(names)))
        return names


def spelled(username: str) -> str:
    """As their last sign-in or the connection log spells it; unknown names stay as they were typed."""
    for known in (User.objects, ConnectionUser.objects):
        stored = known.filter(username__iexact=username).values_list("username", flat=True).first()
        if stored:
            return str(stored)
    return username


class PeopleForm(OperationForm):
    usernames = PeopleField(
        label=_("People"),
        help_text=_(
            "Their user names as the connection log shows them, one a line: usually the e-mail address."
        ),
    )

    def parameters(self) -> Parameters:
        return {"usernames": self.cleaned_data["usernames"]}


def unknown(usernames: Sequence[str]) -> list[str]:
    """Names that neither signed in nor connected: perhaps misspelled."""
    people = User.objects.filter(username__in=usernames).values_list("username", flat=True)
    connected = ConnectionUser.objects.filter(username__in=usernames).values_list("username", flat=True)
    live = LiveConnection.objects.filter(username__in=usernames).values_list("username", flat=True)
    return sorted(set(usernames) - {*people, *connected, *live})


def unknown_checks(usernames: Sequence[str]) -> list[PlanCheck]:
    names = unknown(usernames)
    if not names:
        return []
    text = gettext("Nobody of this name has ever signed in or connected: %(names)s. Check the spelling.")
    return [PlanCheck("warn", text % {"names": ", ".join(names)})]


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


def people_on(connections: Sequence[LiveConnection]) -> tuple[PlannedPerson, ...]:
    """Names from the portal, also where AWS lists a connection without any."""
    named = find_connections.connection_usernames(connections)
    for connection in connections:
        connection.username = named.get(connection.connection_id, "")
    return planned_people(connections)


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
