"""The form of a schedule."""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm
from portal.text import normalize
from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.target_networks.pause_endpoint import PauseMoment
from vpn.operations.base.fields import PlainField
from vpn.operations.schedules.calendar import WORKING_DAYS, Rhythm
from vpn.operations.schedules.models import Schedule

WEEKDAYS: Final = [
    ("0", _("Monday")),
    ("1", _("Tuesday")),
    ("2", _("Wednesday")),
    ("3", _("Thursday")),
    ("4", _("Friday")),
    ("5", _("Saturday")),
    ("6", _("Sunday")),
]
# Where AWS's Regions are, from east to west
REGION_ZONES: Final = (
    "Pacific/Auckland",
    "Australia/Sydney",
    "Australia/Melbourne",
    "Asia/Tokyo",
    "Asia/Seoul",
    "Asia/Taipei",
    "Asia/Hong_Kong",
    "Asia/Singapore",
    "Asia/Kuala_Lumpur",
    "Asia/Bangkok",
    "Asia/Jakarta",
    "Asia/Kolkata",
    "Asia/Dubai",
    "Asia/Bahrain",
    "Asia/Jerusalem",
    "Africa/Johannesburg",
    "Europe/Berlin",
    "Europe/Zurich",
    "Europe/Stockholm",
    "Europe/Paris",
    "Europe/Rome",
    "Europe/Madrid",
    "Europe/London",
    "Europe/Dublin",
    "America/Sao_Paulo",
    "America/New_York",
    "America/Toronto",
    "America/Chicago",
    "America/Mexico_City",
    "America/Edmonton",
    "America/Los_Angeles",
)
DAY: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
MAX_DAYS: Final = 366


class DaysField(forms.CharField):
    """Days, one a line, or periods with a first and a last day. Its value is a sorted list without duplicates."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def to_python(self, value: Any) -> list[date]:  # type: ignore[override]
        lines = normalize(str(value or "").replace("\r\n", "\n")).splitlines()
        days = sorted({day for line in lines if line.strip() for day in _parse_days(line.strip())})
        if len(days) > MAX_DAYS:
            raise ValidationError(_("At most 366 days."))
        return days

    def prepare_value(self, value: Any) -> Any:
        """Consecutive days as one line."""
        return "\n".join(_format_periods(value)) if isinstance(value, list) else value


def _parse_days(line: str) -> Iterator[date]:
    try:
        days = [date(*(int(part) for part in match)) for match in DAY.findall(line)]
    except ValueError:
        days = []
    if len(days) not in {1, 2} or days[-1] < days[0] or (days[-1] - days[0]).days > MAX_DAYS:
        message = gettext("“%(line)s” is not a day. Write 2026-12-29, or 2026-12-29 to 2027-01-03.")
        raise ValidationError(message % {"line": line[:40]})
    yield from (days[0] + timedelta(days=number) for number in range((days[-1] - days[0]).days + 1))


def _format_periods(days: list[date]) -> Iterator[str]:
    start = previous = None
    for day in [*sorted(days), None]:
        if previous and start and day != previous + timedelta(days=1):
            yield str(start) if start == previous else f"{start} – {previous}"
            start = day
        start, previous = start or day, day


def offered_zones() -> list[tuple[str, str]]:
    """The portal's own first, then those of AWS's Regions: a schedule is by the clock of the people who work there.

    All of the world's 400 would be a list in which nobody finds anything.
    """
    return [(zone, zone) for zone in dict.fromkeys([settings.TIME_ZONE, *REGION_ZONES, "UTC"])]


def _clock(label: Any, help_text: Any) -> forms.TimeField:
    widget = forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    return forms.TimeField(label=label, help_text=help_text, required=False, widget=widget)


class ScheduleForm(PortalForm):
    """``saving``: the name must be typed; not for a preview of the next runs."""

    pause_at = _clock(_("Pause at"), _("Leave empty never to pause by schedule."))
    resume_at = _clock(_("Resume at"), _("Leave empty never to resume by schedule."))
    weekdays = forms.TypedMultipleChoiceField(
        label=_("On these days"),
        choices=WEEKDAYS,
        coerce=int,
        initial=[str(day) for day in WORKING_DAYS],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one day.")},
    )
    zone = forms.ChoiceField(label=_("Time zone"), choices=offered_zones)
    skips_holidays = forms.BooleanField(
        label=_("Not on public holidays of Japan"), required=False, initial=True
    )
    skipped_days = DaysField(
        label=_("Not on these days either"),
        required=False,
        help_text=_("One day a line, or a first and a last one: 2026-12-29 – 2027-01-03."),
    )
    when = forms.ChoiceField(label=_("When pausing"), choices=PauseMoment.choices, initial=PauseMoment.NOW)
    hours = forms.IntegerField(
        label=_("Wait at most this many hours"),
        min_value=1,
        max_value=24,
        initial=1,
        help_text=_("1 to 24. Only where it waits until nobody is connected."),
    )
    stays_paused = forms.BooleanField(
        label=_("Leave it paused until somebody resumes it"),
        required=False,
        help_text=_("This schedule pauses the endpoint and never resumes it: nobody can connect meanwhile."),
    )
    typed_name = PlainField(label=_("Name of the endpoint"), required=False)

    def __init__(self, *args: Any, endpoint: Endpoint, saving: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.endpoint, self._saving = endpoint, saving
        chosen = self.data if self.is_bound else kwargs.get("initial", {})
        self._offer_also(str(chosen.get("zone", "")))
        self.fields["typed_name"].label = gettext("Type “%(name)s” to confirm") % {"name": endpoint.label}
        self.fields["typed_name"].widget.attrs["autocomplete"] = "off"

    def _offer_also(self, zone: str) -> None:
        """A zone that is not offered, but that the schedule has had: saving it again must not change its clock."""
        offered = offered_zones()
        if zone in available_timezones() and zone not in dict(offered):
            self.fields["zone"] = forms.ChoiceField(
                label=self.fields["zone"].label, choices=[*offered, (zone, zone)]
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        pause, resume = data.get("pause_at"), data.get("resume_at")
        if pause is None and resume is None and not {"pause_at", "resume_at"} & self.errors.keys():
            self.add_error("pause_at", _("Say when to pause, when to resume, or both."))
        if pause is not None and pause == resume:
            self.add_error("resume_at", _("It can't be paused and resumed at the same moment."))
        if pause is not None and resume is None and not data.get("stays_paused") and self._saving:
            self.add_error("stays_paused", _("Say when to resume it, or tick that it stays paused."))
        # Each pause disconnects people, and by schedule nobody confirms it: so it is confirmed here.
        if self._saving and pause is not None and data.get("typed_name", "") != self.endpoint.label:
            self.add_error("typed_name", _("Type the name exactly as it is shown."))
        return data

    def rhythm(self) -> Rhythm:
        data = self.cleaned_data
        return Rhythm(
            data["pause_at"],
            data["resume_at"],
            frozenset(data["weekdays"]),
            data["zone"],
            data["skips_holidays"],
            frozenset(data["skipped_days"]),
        )


def initial_values(schedule: Schedule) -> dict[str, Any]:
    return {
        "pause_at": schedule.pause_at,
        "resume_at": schedule.resume_at,
        "weekdays": [str(day) for day in schedule.weekdays],
        "zone": schedule.zone,
        "skips_holidays": schedule.skips_holidays,
        "skipped_days": list(schedule.skipped_days),
        "when": schedule.when,
        "hours": schedule.hours,
    }
