"""How the file shall look."""

from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm


class ExportForm(PortalForm):
    """``export`` ties the file to the page that shows its progress; without one it gets its own."""

    header = forms.ChoiceField(
        label=_("First line"),
        required=False,
        choices=[("words", _("Names for people")), ("ids", _("Names for scripts")), ("none", _("None"))],
    )
    export = forms.UUIDField(required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)

    @property
    def chosen_header(self) -> str:
        return self.cleaned_data["header"] or "words"

    @property
    def export_id(self) -> UUID:
        return self.cleaned_data["export"] or uuid4()
