"""The form of an authorization policy, checked by AWS's rules before AWS sees it."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from vpn.authorization_policy.cedar_check import PolicyProblem, find_problems
from vpn.authorization_policy.models import EndpointPolicy
from vpn.authorization_policy.queries import PolicyState, find_policy, policy_state, trust_providers
from vpn.endpoints.models import ChangedPart, Endpoint, EndpointChange
from vpn.operation_plans.plan import Text
from vpn.operations.base.fields import DESCRIPTION_LENGTH, RecordField
from vpn.operations.base.kind import OperationForm, Parameters, require_endpoint
from vpn.operations.models import Operation

SHADOW, ENFORCED = "shadow", "enforced"
MODES: Final = {
    SHADOW: _("Shadow mode: the log says whom it would refuse, and nobody is refused"),
    ENFORCED: _("Enforced: whom it doesn't permit is refused, and AWS disconnects everybody at once"),
}
BEFORE, AFTER, CHANGE = "before", "after", "change"


def current_policy(endpoint: Endpoint) -> dict[str, Any]:
    """As the portal last read it: document, description, shadow_mode. The document is empty where there is none."""
    policy = find_policy(endpoint) or EndpointPolicy()
    return {
        "document": policy.document,
        "description": policy.description,
        "shadow_mode": policy.shadow_mode,
    }


def state_of_policy(endpoint: Endpoint) -> PolicyState:
    return policy_state(find_policy(endpoint), timezone.now())


def why_policy_unknown(endpoint: Endpoint) -> Text:
    """Nobody should replace what they can't see. Empty: it is known."""
    match state_of_policy(endpoint):
        case PolicyState.UNKNOWN:
            return _("The portal couldn't read the endpoint's policy from AWS lately, so it isn't known.")
        case PolicyState.CHANGING:
            return _("AWS is still taking over the last change of the policy. Try again in some minutes.")
    return ""


def problems_at(endpoint: Endpoint, document: str) -> list[PolicyProblem]:
    return find_problems(
        document, providers=trust_providers(endpoint), authentication=endpoint.authentication
    )


class ModifyPolicyForm(OperationForm):
    """What isn't given stays as it is. ``document_of``: an operation whose document is meant, too long for a link."""

    document = forms.CharField(
        label=_("Policy (Cedar)"),
        strip=False,
        widget=forms.Textarea(attrs={"rows": 14, "spellcheck": "false", "class": "code-input"}),
        help_text=_(
            "Statements that permit or forbid. Whom no statement permits is refused, and a forbid always wins. At most "
            "10,000 bytes."
        ),
    )
    mode = forms.ChoiceField(label=_("Effect"), choices=list(MODES.items()))
    description = RecordField(label=_("Description"), required=False, max_length=DESCRIPTION_LENGTH)
    document_of = forms.CharField(
        label=_("Instead: the operation whose document is meant"), required=False, widget=forms.HiddenInput
    )

    def __init__(self, data: Mapping[str, Any] | None = None, *args: Any, **kwargs: Any) -> None:
        endpoint = require_endpoint(kwargs.get("endpoint"))
        self.now, state = current_policy(endpoint), state_of_policy(endpoint)
        self.may_enforce = state is PolicyState.ENFORCED
        unchanged = {
            "document": self.now["document"],
            "mode": ENFORCED if self.may_enforce else SHADOW,
            "description": self.now["description"],
        }
        given = None if data is None else {**unchanged, **{name: data[name] for name in data}}
        if given and given.get("document_of"):
            given["document"] = _kept_document(endpoint, given.pop("document_of"))
        super().__init__(given, *args, **kwargs)
        for name, text in unchanged.items():
            self.fields[name].initial = text
        # A form that is opened filled in shows the document itself, so that what is edited there counts.
        if meant := self.initial.pop("document_of", ""):
            self.fields["document"].initial = _kept_document(endpoint, meant)
        if not self.may_enforce:
            # What was never tried out refuses people whom nobody thought of.
            mode = self.fields["mode"]
            self.fields["mode"] = forms.ChoiceField(
                label=mode.label,
                choices=[(SHADOW, MODES[SHADOW])],
                help_text=_("A policy is tried out first. Enforcing it is an operation of its own."),
                error_messages={"invalid_choice": _("Try it out in shadow mode first, then enforce it.")},
            )
            self.order_fields(["document", "mode", "description"])

    def clean_document(self) -> str:
        document = str(self.cleaned_data["document"]).replace("\r\n", "\n")
        problems = problems_at(require_endpoint(self.endpoint), document)
        fatal = [str(problem) for problem in problems if problem.fatal]
        if fatal:
            raise ValidationError([ValidationError(text) for text in fatal])
        return document

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if not self.errors and self._is_unchanged(data):
            raise ValidationError(_("Nothing was changed. Change at least one setting."))
        return data

    def _is_unchanged(self, data: Mapping[str, Any]) -> bool:
        return (
            data["document"] == self.now["document"]
            and (data["mode"] == SHADOW) == self.now["shadow_mode"]
            # An empty description isn't sent, and so leaves AWS's as it is.
            and data["description"] in {"", self.now["description"]}
        )

    def parameters(self) -> Parameters:
        return {name: self.cleaned_data[name] for name in ("document", "mode", "description")}


def _kept_document(endpoint: Endpoint, document_of: str) -> str:
    """``before:ID`` or ``after:ID``: the document that an operation on this endpoint replaced, or that it set.

    ``change:ID``: the one that was there before a change that the endpoint's history has.
    """
    which, _colon, pk = document_of.partition(":")
    if which == CHANGE:
        number = int(pk) if pk.isdecimal() and len(pk) < 19 else 0
        change = EndpointChange.objects.filter(endpoint=endpoint, part=ChangedPart.POLICY, pk=number).first()
        return str(((change and change.before) or {}).get("document", ""))
    try:
        operation = Operation.objects.filter(endpoint=endpoint, pk=pk).first()
    except (ValidationError, ValueError):
        return ""
    if operation is None:
        return ""
    kept = operation.before if which == BEFORE else operation.parameters
    return str(kept.get("document", ""))
