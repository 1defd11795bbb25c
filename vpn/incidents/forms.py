"""What is typed about an incident. Of each text one language at least."""

from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm
from vpn.connection_log.search.fields import MomentField
from vpn.endpoints.models import Endpoint
from vpn.incidents.models import TEXT_LENGTH, TITLE_LENGTH, Incident, IncidentPost, IncidentStage

IN_JAPANESE: Final = {"lang": "ja"}
IN_ENGLISH: Final = {"lang": "en"}
EITHER: Final = _("Write it in Japanese, in English, or best in both.")


def _title(label: Any, attributes: dict[str, str]) -> forms.CharField:
    widget = forms.TextInput(attrs=attributes)
    return forms.CharField(label=label, max_length=TITLE_LENGTH, required=False, widget=widget)


def _text(label: Any, attributes: dict[str, str]) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3, **attributes})
    return forms.CharField(label=label, max_length=TEXT_LENGTH, required=False, widget=widget)


class _EitherLanguage(PortalForm):
    """``either``: the fields that have ``_ja`` and ``_en`` after their names."""

    either: tuple[str, ...] = ()

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or self.cleaned_data
        for name in self.either:
            names = [f"{name}_ja", f"{name}_en"]
            if not any(values.get(part) or part in self.errors for part in names):
                self.add_error(names[0], ValidationError(EITHER, code="required"))
        return values


class PostTextForm(_EitherLanguage):
    either: tuple[str, ...] = ("text",)

    text_ja = _text(_("Text in Japanese"), IN_JAPANESE)
    text_en = _text(_("Text in English"), IN_ENGLISH)


class IncidentPostForm(PostTextForm):
    stage = forms.ChoiceField(label=_("Stage"), choices=IncidentStage.choices)
    field_order: tuple[str, ...] = ("stage", "text_ja", "text_en")


class IncidentAboutForm(_EitherLanguage):
    """``endpoints``: those that can be chosen."""

    either: tuple[str, ...] = ("title",)

    title_ja = _title(_("Title in Japanese"), IN_JAPANESE)
    title_en = _title(_("Title in English"), IN_ENGLISH)
    began_at = MomentField(label=_("Began at"))
    endpoint_ids = forms.MultipleChoiceField(
        label=_("Endpoints concerned"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("If you choose none, it concerns everybody."),
    )

    def __init__(self, *args: Any, endpoints: list[Endpoint], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(endpoint.endpoint_id, endpoint.label) for endpoint in endpoints]
        known = {value for value, _label in choices}
        # An endpoint that is gone stays one that the incident was about.
        kept = [name for name in self.initial.get("endpoint_ids", []) if name not in known]
        self.fields["endpoint_ids"].choices = choices + [(name, name) for name in kept]  # type: ignore[attr-defined]

    def clean_began_at(self) -> Any:
        moment = self.cleaned_data["began_at"]
        if moment > timezone.now():
            raise ValidationError(
                _("This is in the future. Planned work is shown by itself when an operation is scheduled.")
            )
        return moment


class IncidentForm(IncidentAboutForm, IncidentPostForm):
    """A new incident, with its first post."""

    either: tuple[str, ...] = ("title", "text")
    field_order: tuple[str, ...] = (
        "title_ja",
        "title_en",
        "stage",
        "text_ja",
        "text_en",
        "began_at",
        "endpoint_ids",
    )


def about_values(incident: Incident) -> dict[str, Any]:
    return {
        "title_ja": incident.title_ja,
        "title_en": incident.title_en,
        "began_at": incident.began_at,
        "endpoint_ids": incident.endpoint_ids,
    }


def text_values(post: IncidentPost) -> dict[str, Any]:
    return {"text_ja": post.text_ja, "text_en": post.text_en}
