"""Importing and exporting the list of revoked client certificates."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_noop

from vpn.aws import client_vpn_changes
from vpn.aws.answers import RevocationList
from vpn.aws.errors import AwsError, is_unknown_refusal, says_there_is_none
from vpn.operation_kinds.revocation_lists.revocation_list import read_facts
from vpn.operations.base.step import Observation, Step, StepContext, StepState
from vpn.operations.models import OperationFile

REPLACED = "replaced-revocation-list.pem"
EXPORTED = "revocation-list.pem"


def current(context: StepContext) -> RevocationList | None:
    """None where AWS has none. Raises AwsError for any other refusal: that is no answer."""
    try:
        exported = client_vpn_changes.export_revocation_list(context.client, endpoint_id=context.endpoint_id)
    except AwsError as error:
        if says_there_is_none(error):
            return None
        raise
    return exported if exported.text else None


def recorded(revocation_list: RevocationList | None) -> dict[str, Any]:
    """Of what may be a megabyte only what it says of itself."""
    if revocation_list is None:
        return {}
    try:
        return read_facts(revocation_list.text).recorded()
    except ValueError:
        return {"unreadable": True}


@dataclass(frozen=True)
class ImportRevocationList(Step):
    """AWS: pending, then active. The list that is replaced is kept with the operation.

    ``fingerprint``: SHA-256 of the list's DER; ``name``: of the operation's file that holds it, as PEM.
    """

    title = gettext_noop("Import the revocation list")
    aws_call = "import_revocation_list"
    fingerprint: str
    name: str

    @property
    def key(self) -> str:
        return "import-revocation-list"

    def observe(self, context: StepContext) -> Observation:
        try:
            revocation_list = current(context)
        except AwsError as error:
            if not is_unknown_refusal(error):
                raise
            # The first list of an endpoint must not fail for that. But nobody says that there was none.
            return Observation(StepState.NOT_DONE, {"unread": error.code})
        seen = recorded(revocation_list)
        if revocation_list is None or seen.get("sha256") != self.fingerprint:
            return Observation(StepState.NOT_DONE, seen)
        return Observation(
            StepState.DONE if revocation_list.status == "active" else StepState.IN_PROGRESS,
            seen,
            revocation_list.status,
        )

    def act(self, context: StepContext, *, dry_run: bool = False) -> None:
        if not dry_run:
            self._keep_replaced(context)
        text = OperationFile.objects.get(operation=context.operation, name=self.name).content
        client_vpn_changes.import_revocation_list(
            context.client, endpoint_id=context.endpoint_id, text=text, dry_run=dry_run
        )

    def _keep_replaced(self, context: StepContext) -> None:
        """What undoing imports. The last attempt counts: somebody may have imported a list between two."""
        try:
            replaced = current(context)
        except AwsError as error:
            if not is_unknown_refusal(error):
                raise
            return
        # An attempt whose answer was lost: what AWS has now is our own.
        if replaced is not None and recorded(replaced).get("sha256") != self.fingerprint:
            OperationFile.objects.update_or_create(
                operation=context.operation, name=REPLACED, defaults={"content": replaced.text}
            )


@dataclass(frozen=True)
class ExportRevocationList(Step):
    title = gettext_noop("Export the revocation list")

    @property
    def key(self) -> str:
        return "export-revocation-list"

    def observe(self, context: StepContext) -> Observation:
        revocation_list = current(context)
        if revocation_list is None:
            return Observation(StepState.FAILED, error_id="operation-no-revocation-list")
        keep(context, EXPORTED, revocation_list)
        return Observation(StepState.DONE, recorded(revocation_list), revocation_list.status)


def keep(context: StepContext, name: str, revocation_list: RevocationList | None) -> None:
    """The first one stays: what a second attempt finds may be our own."""
    if revocation_list is not None:
        OperationFile.objects.get_or_create(
            operation=context.operation, name=name, defaults={"content": revocation_list.text}
        )
