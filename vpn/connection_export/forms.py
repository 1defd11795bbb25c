"""How the file shall look."""

from uuid import UUID, uuid4

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from portal.forms import PortalForm
from vpn.connection_export.layout import (
    ExportFormat,
    FileLayout,
    ndjson_layout,
    script_layout,
    spreadsheet_layout,
)


class ExportForm(PortalForm):
    """``export`` ties the file to the page that shows its progress; without one it gets its own."""

    header = forms.ChoiceField(
        label=_("CSV for"),
        required=False,
        choices=[
            ("words", _("Spreadsheets")),
            ("ids", _("Scripts")),
            ("none", _("Scripts, without the first line")),
        ],
    )
    export = forms.UUIDField(required=False)

    def __init__(self, data: QueryDict) -> None:
        super().__init__(data)

    def layout(self, export_format: ExportFormat) -> FileLayout:
        if export_format == ExportFormat.NDJSON:
            return ndjson_layout()
        header = self.cleaned_data["header"] or "words"
        return spreadsheet_layout() if header == "words" else script_layout(header)

    @property
    def export_id(self) -> UUID:
        return self.cleaned_data["export"] or uuid4()
