"""The search of /connections/ and of its export. The URL is the search; times are in the portal's time zone."""

import re
from datetime import datetime, time, timedelta
from typing import Any, ClassVar, Final

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm
from vpn.connection_log import policy_texts, reasons
from vpn.connection_log.search import presets, search_box
from vpn.connection_log.search.conditions import (
    ConnectionSearch,
    Network,
    OutcomeFilter,
    PolicyFilter,
    moment_text,
)
from vpn.connection_log.search.fields import (
    SUGGEST_PEOPLE,
    AddressField,
    DurationField,
    MomentField,
    OpenChoiceField,
    SizeField,
    network_from,
)
from vpn.endpoints.models import Endpoint

DEVICES: Final = {"win": "Windows", "mac": "macOS", "linux": "Linux"}
DAYS: Final = 7
VERSION: Final = re.compile(r"\d{1,4}(\.\d{1,5}){0,3}|(?i:unknown)", re.ASCII)
# What AWS or a person may call it
OUTCOMES: Final = {
    "open": OutcomeFilter.CONNECTED,
    "active": OutcomeFilter.CONNECTED,
    "successful": OutcomeFilter.CONNECTED,
}
MAY_STAND_IN_THE_BOX: Final = (
    "source",
    "client",
    "status",
    "reason",
    "device",
    "endpoint",
    "policy",
    "token",
    "version",
)


class ConnectionSearchForm(PortalForm):
    # Required, and filled in where they are left out: optional for scripts
    filled_in: ClassVar = frozenset({"since", "until"})

    q = forms.CharField(
        label=_("Person, IP address or connection id"),
        required=False,
        widget=forms.TextInput(attrs=SUGGEST_PEOPLE),
        max_length=500,
        error_messages={"max_length": _("Enter at most %(limit_value)s characters.")},
    )
    since = MomentField(label=_("From"))
    until = MomentField(label=_("Until"))
    endpoint = OpenChoiceField(label=_("Endpoint"), choices=(), max_length=64)
    status = OpenChoiceField(label=_("Status"), choices=OutcomeFilter.choices, max_length=20)
    reason = OpenChoiceField(
        label=_("Reason for failure"),
        choices=((reason, words.text) for reason, words in reasons.REASONS.items()),
        max_length=1024,
    )
    source = AddressField(label=_("Source IP"))
    client = AddressField(label=_("VPN address"))
    device = OpenChoiceField(label=_("Device"), choices=DEVICES.items(), max_length=200)
    policy = OpenChoiceField(label=_("Authorization policy"), choices=PolicyFilter.choices, max_length=20)
    token = OpenChoiceField(
        label=_("Device check failed because"),
        choices=policy_texts.TOKEN_REASONS.items(),
        max_length=200,
    )
    version = forms.RegexField(
        VERSION,
        label=_("Client version"),
        required=False,
        max_length=20,
        help_text=_("Such as 6.0.3, 6.0 or unknown"),
        error_messages={"invalid": _("Enter a version like 6.0.3, or unknown.")},
    )
    longer = DurationField(label=_("At least this long"), help_text=_("Such as 90m or 2h"))
    shorter = DurationField(label=_("At most this long"), help_text=_("Such as 90m or 2h"))
    more = SizeField(label=_("At least this much traffic"), help_text=_("Such as 500 MB or 200 GB"))
    less = SizeField(label=_("At most this much traffic"), help_text=_("Such as 500 MB or 200 GB"))

    def __init__(self, data: QueryDict) -> None:
        super().__init__(_with_range(presets.apply_preset(data)))
        self._in_box: dict[str, str] = {}
        self._words: list[str] = []
        endpoints = Endpoint.objects.order_by("label").values_list("endpoint_id", "label")
        self._open("endpoint").choices = list(endpoints)
        for name in ("endpoint", "status", "reason", "device", "policy", "token"):
            self._open(name).offer(self._open(name).choices, chosen=self.data.get(name, ""))

    @property
    def filters_open(self) -> bool:
        """Something is asked for, or wrong, in the fields that are folded away; the status shows above the rows too."""
        folded = set(self.fields) - {"q", "since", "until", "endpoint", "status"}
        return "status" in self.errors or any(self.data.get(name) or name in self.errors for name in folded)

    def clean_q(self) -> str:
        text: str = self.cleaned_data["q"]
        for term in search_box.parse_terms(text):
            if not term.text:
                continue
            if term.field == "words":
                self._words.append(term.text)
            elif self._in_box.setdefault(term.field, term.text) != term.text:
                raise ValidationError(
                    _("The search holds two of the same kind: %(one)s and %(other)s. Keep one."),
                    params={"one": self._in_box[term.field], "other": term.text},
                )
        if "address" in self._in_box:
            network_from(self._in_box["address"])
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        since, until = data.get("since"), data.get("until")
        if since and until and until <= since:
            self.add_error("until", _("The end must be after the beginning."))
        for low, high in (("longer", "shorter"), ("more", "less")):
            if None not in (data.get(low), data.get(high)) and data[high] < data[low]:
                self.add_error(high, _("This must not be less than the other bound."))
        for name in MAY_STAND_IN_THE_BOX:
            self._take_from_box(name, data)
        self._check_status(data)
        self._check_policy(data)
        return data

    def search(self) -> ConnectionSearch:
        """What a valid form asks for."""
        data = self.cleaned_data
        address = self._in_box.get("address")
        return ConnectionSearch(
            since=data["since"],
            until=data["until"],
            words=tuple(self._words),
            person=self._in_box.get("person", ""),
            address=network_from(address) if address else None,
            device_ip=data["source"],
            client_ip=data["client"],
            connection_id=self._in_box.get("connection_id", ""),
            endpoint_id=data["endpoint"],
            outcome=data["status"],
            reason=data["reason"],
            device_type=data["device"],
            seconds_from=data["longer"],
            seconds_to=data["shorter"],
            bytes_from=data["more"],
            bytes_to=data["less"],
            policy=data["policy"],
            token=data["token"],
            client_version=data["version"].lower(),
        )

    def _open(self, name: str) -> OpenChoiceField:
        field = self.fields[name]
        if not isinstance(field, OpenChoiceField):
            raise TypeError(name)
        return field

    def _take_from_box(self, name: str, data: dict[str, Any]) -> None:
        """``status:failed`` in the box is the same as the field, unless the field says something else."""
        text = self._in_box.get(name)
        if text is None or name not in data:
            return
        try:
            value: str | Network = network_from(text) if name in {"source", "client"} else _known(name, text)
        except ValidationError as error:
            self.add_error("q", error)
            return
        if data[name] and data[name] != value:
            self.add_error(
                "q",
                _("The search holds %(text)s, but the filter below asks for something else.")
                % {"text": f"{name}:{text}"},
            )
        data[name] = value

    def _check_status(self, data: dict[str, Any]) -> None:
        text = str(data.get("status") or "").lower()
        outcome = OUTCOMES.get(text, text)
        if outcome and outcome not in OutcomeFilter.values:
            where = "q" if "status" in self._in_box else "status"
            values = ", ".join(OutcomeFilter.values)
            self.add_error(
                where,
                _("There is no status %(text)s. Use one of: %(values)s.") % {"text": text, "values": values},
            )
            return
        data["status"] = OutcomeFilter(outcome) if outcome else None

    def _check_policy(self, data: dict[str, Any]) -> None:
        text = str(data.get("policy") or "").lower()
        if text and text not in PolicyFilter.values:
            where = "q" if "policy" in self._in_box else "policy"
            values = ", ".join(PolicyFilter.values)
            self.add_error(
                where,
                _("There is no result %(text)s of a policy. Use one of: %(values)s.")
                % {"text": text, "values": values},
            )
            return
        data["policy"] = PolicyFilter(text) if text else None


def default_range(now: datetime) -> tuple[datetime, datetime]:
    """The last seven days, today included, from midnight to midnight."""
    tomorrow = timezone.localdate(now) + timedelta(days=1)
    return _midnight(tomorrow - timedelta(days=DAYS)), _midnight(tomorrow)


def _midnight(day: Any) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _with_range(data: QueryDict) -> dict[str, Any]:
    """An empty beginning or end is filled in, so that the range can always be seen."""
    filled = {name: value for name, value in data.items() if isinstance(value, str)}
    since, until = default_range(timezone.now())
    filled["until"] = filled.get("until", "").strip() or moment_text(until)
    if not filled.get("since", "").strip():
        try:
            end = MomentField().clean(filled["until"])
        except ValidationError:
            end = until
        filled["since"] = moment_text(min(since, end - timedelta(days=DAYS)) if end else since)
    return filled


def _known(name: str, text: str) -> str:
    """By the name that people see, or by the one in the log."""
    if name == "device":
        names = {label.lower(): value for value, label in DEVICES.items()} | {"windows": "win"}
        return names.get(text.lower(), text)
    if name == "endpoint":
        endpoint_id = (
            Endpoint.objects.filter(label__iexact=text).values_list("endpoint_id", flat=True).first()
        )
        return endpoint_id or text
    return text
