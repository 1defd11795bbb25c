"""Import a list of revoked client certificates. An expired one would block everybody, so it is refused here."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.models import Endpoint
from vpn.operation_kinds.revocation_lists.revocation_list import (
    ENTRIES,
    RevocationFacts,
    read_facts,
    read_serial_numbers,
    to_pem,
)
from vpn.operation_kinds.revocation_lists.steps import EXPORTED, REPLACED, ImportRevocationList
from vpn.operation_plans.consequences import Consequence, ConsequenceId, Tone, Topic
from vpn.operation_plans.plan import Plan, PlanCheck, PlannedChange, Text, find_consequences, make_check
from vpn.operation_plans.quotas import quota_consequence, revoked_quota_use
from vpn.operations.base.kind import (
    KindGroup,
    OperationForm,
    OperationKind,
    Parameters,
    Undo,
    require_endpoint,
)
from vpn.operations.base.step import Step
from vpn.operations.models import Operation, OperationFile
from vpn.operations.states import OperationStatus
from vpn.quotas.limits import Limits
from vpn.quotas.queries import limits_for

MUTUAL: Final = "certificate-authentication"
SOON: Final = timedelta(days=14)
# AWS's 20,000 entries are about two megabytes, where each names its reason and a date of invalidity.
CHARACTERS: Final = 3_000_000
LIST: Final = "imported-revocation-list.pem"


class ListInput(forms.Textarea):
    """To paste into, or to choose a file, as PEM or DER; the file comes first. What it held is text from then on."""

    needs_multipart_form = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        sent = files.get(f"{name}_file") if files else None
        if not sent:
            return super().value_from_datadict(data, files, name)
        # The form reads it, and then the page that confirms it: from the beginning each time.
        sent.seek(0)
        # Of one that is too long, enough to be told so.
        return to_pem(sent.read(CHARACTERS + 1))


class ImportRevocationListForm(OperationForm):
    text = forms.CharField(
        label=_("Revocation list"),
        max_length=CHARACTERS,
        required=False,
        widget=ListInput(attrs={"rows": 8, "spellcheck": "false"}),
        help_text=_(
            "Paste the whole list as PEM, from “-----BEGIN X509 CRL-----” on, or choose its file. It replaces the one "
            "before."
        ),
    )

    # An operation that replaced a list: undoing it imports that one again, which is too long for a link.
    replaced_by = forms.UUIDField(
        label=_("Instead: the operation that replaced the list to import again"),
        required=False,
        widget=forms.HiddenInput,
    )

    # The same list as an earlier operation had: too long for a link as well.
    same_as = forms.UUIDField(
        label=_("Instead: the operation whose list to import again"), required=False, widget=forms.HiddenInput
    )

    def clean_text(self) -> str:
        text = str(self.cleaned_data["text"]).strip().replace("\r\n", "\n")
        return self._checked(f"{text}\n") if text else ""

    def _checked(self, text: str) -> str:
        try:
            facts = read_facts(text)
        except ValueError as error:
            raise ValidationError(_("This is not a certificate revocation list in PEM.")) from error
        now = timezone.now()
        if facts.next_update is not None and facts.next_update <= now:
            refused = gettext(
                "This list expired on %(at)s. AWS would refuse everybody from then on. Make a new one, and import that."
            )
            raise ValidationError(refused % {"at": moment(facts)})
        if facts.last_update > now:
            raise ValidationError(
                _("This list is valid only from a later time on. AWS would refuse everybody.")
            )
        if facts.entries > ENTRIES:
            raise ValidationError(_("AWS takes at most 20,000 entries."))
        return text

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if data.get("text") == "" and "text" not in self.errors:
            self._take_kept(data)
        return data

    def _take_kept(self, data: dict[str, Any]) -> None:
        """A list that an operation on this endpoint replaced, or imported."""
        owner, name = (
            (data["replaced_by"], REPLACED) if data.get("replaced_by") else (data.get("same_as"), LIST)
        )
        kept = OperationFile.objects.filter(
            operation=owner, operation__endpoint=self.endpoint, name=name
        ).first()
        try:
            data["text"] = self._checked(kept.content) if kept else ""
        except ValidationError as error:
            self.add_error("text", error)
        else:
            if not kept:
                self.add_error("text", _("Paste the list."))

    def parameters(self) -> Parameters:
        return {"text": self.cleaned_data["text"]}


def moment(facts: RevocationFacts) -> str:
    if facts.next_update is None:
        return str(_("never"))
    return date_format(timezone.localtime(facts.next_update), "DATETIME_FORMAT")


class ImportRevocationListKind(OperationKind):
    slug = "import-revocation-list"
    title = _("Import a revocation list")
    summary = _("People whose client certificates are on it can no longer connect.")
    group = KindGroup.PEOPLE
    form = ImportRevocationListForm

    def why_not(self, endpoint: Endpoint | None) -> Text:
        if MUTUAL in require_endpoint(endpoint).authentication:
            return ""
        return _("Nobody signs in to this endpoint by certificate, so AWS takes no list for it.")

    def split_files(self, parameters: Parameters) -> tuple[Parameters, dict[str, str]]:
        """Two megabytes are nothing for the row, which every list reads, nor for the record."""
        text = parameters["text"]
        return read_facts(text).recorded(), {LIST: text}

    def plan(self, endpoint: Endpoint | None, parameters: Parameters) -> Plan:
        target = require_endpoint(endpoint)
        facts, known = read_facts(parameters["text"]), known_list(target)
        consequences = find_consequences(
            target, lambda state: replace(state, revocation_list=parameters["text"])
        )
        return Plan(
            changes=(PlannedChange("CertificateRevocationList", _described_now(known), _described(facts)),),
            disconnects=consequences.disconnects,
            checks=(
                *consequences.checks,
                *_who_is_revoked(parameters["text"], known),
                *_checks(facts, limits_for(target.account)),
            ),
            destructive=True,
            undo=_(
                "Undoing imports the list that is there now, if there is one: AWS can't take the last one away."
            ),
        )

    def steps(
        self, endpoint: Endpoint | None, parameters: Parameters, before: dict[str, Any]
    ) -> Sequence[Step]:
        return [ImportRevocationList(parameters["sha256"], LIST)]

    def form_data(self, operation: Operation) -> dict[str, str]:
        return {"same_as": str(operation.pk)}

    def undo(self, operation: Operation) -> Undo | None:
        replaced = operation.files.filter(name=REPLACED).exists()
        return Undo(self.slug, {"replaced_by": str(operation.pk)}) if replaced else None


def known_list(endpoint: Endpoint) -> OperationFile | None:
    """The newest list that the portal has imported here, or fetched from AWS. Somebody may have imported another since.

    None: the portal has never seen one; pages don't ask AWS.
    """
    files = OperationFile.objects.filter(
        Q(operation__kind="import-revocation-list", name=LIST)
        | Q(operation__kind="export-revocation-list", name=EXPORTED),
        operation__endpoint=endpoint,
        operation__status=OperationStatus.SUCCEEDED,
    )
    return files.select_related("operation").order_by("-operation__finished_at").first()


def _described_now(known: OperationFile | None) -> str:
    if known is None:
        return "?"
    return f"{_described(read_facts(known.content))} (#{known.operation.number})"


def _who_is_revoked(text: str, known: OperationFile | None) -> list[PlanCheck]:
    """Compared with the list that is known; without one, nobody can say whose certificates it makes valid again."""
    wanted = read_serial_numbers(text)
    before = read_serial_numbers(known.content) if known else frozenset()
    valid_again, revoked = len(before - wanted), len(wanted - before)
    consequences = [
        *(
            [Consequence(ConsequenceId.CERTIFICATES_VALID_AGAIN, Tone.OUT, {"count": valid_again})]
            if valid_again
            else []
        ),
        Consequence(ConsequenceId.CERTIFICATES_REVOKED, Tone.OUT, {"count": revoked})
        if revoked
        else Consequence(ConsequenceId.CERTIFICATES_NONE_REVOKED, Tone.OK),
        *([] if known else [Consequence(ConsequenceId.CERTIFICATES_UNKNOWN_BEFORE, Tone.UNKNOWN)]),
    ]
    return [make_check(consequence) for consequence in consequences]


def _described(facts: RevocationFacts) -> str:
    number = f"#{facts.number} " if facts.number is not None else ""
    return f"{number}{facts.issuer}"


def _checks(facts: RevocationFacts, limits: Limits) -> tuple[PlanCheck, ...]:
    checks = [
        PlanCheck(
            "unknown",
            _(
                "Whose they are can't be seen: the list has serial numbers, and AWS names connections by common name."
            ),
            Topic.ACCESS,
        ),
        make_check(quota_consequence(revoked_quota_use(facts.entries, limits))),
        PlanCheck("info", _("It may take AWS up to four hours until it holds everywhere.")),
    ]
    if facts.next_update is None:
        checks.append(PlanCheck("warn", _("It names no end. AWS documents only lists that have one.")))
    else:
        until = gettext(
            "It is valid until %(at)s. Import a new one before: an expired list blocks everybody."
        )
        tone = "warn" if facts.next_update < timezone.now() + SOON else "ok"
        checks.append(PlanCheck(tone, until % {"at": moment(facts)}))
    return tuple(checks)
