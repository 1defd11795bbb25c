"""What an endpoint's authorization policy said of a connection, in words."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.text import join_words, with_note
from vpn.connection_log.models import Connection
from vpn.connection_log.policy_evaluation import (
    PERIODIC,
    REFUSED,
    SHADOW_MODE,
    is_cut_by_policy,
    parse_devices,
)

# Client VPN administrator guide, "Connection logging". A reason that is not here is shown as AWS wrote it.
TOKEN_REASONS: Final[dict[str, Promise]] = {
    "token-expired": gettext_lazy("The device's token has expired"),
    "signature-invalid": gettext_lazy("The signature of the device's token is wrong"),
    "token-malformed": gettext_lazy("The device's token can't be read"),
    "tenant-mismatch": gettext_lazy("The device belongs to another company's account"),
    "key-resolution-failed": gettext_lazy("The keys of the device check's provider were not found"),
    "network-error": gettext_lazy("The device check's provider could not be reached"),
    "internal-error": gettext_lazy("The device check failed with an error of AWS's own"),
}
RESULTS: Final[dict[str, Promise]] = {
    "permit": gettext_lazy("Permitted"),
    "deny": gettext_lazy("Denied"),
    "error": gettext_lazy("Could not be evaluated"),
}
TYPES: Final[dict[str, Promise]] = {
    "connection-attempt": gettext_lazy("when it connected"),
    PERIODIC: gettext_lazy("while it was connected"),
}
STATUSES: Final[dict[str, Promise]] = {
    "validated": gettext_lazy("valid"),
    "failed": gettext_lazy("failed"),
}


def token_reason_text(reason: str) -> str:
    return str(TOKEN_REASONS.get(reason, reason))


def result_text(row: Connection) -> str:
    """ "Denied (while it was connected)"; empty where no policy was evaluated."""
    if not row.policy_result:
        return ""
    result = str(RESULTS.get(row.policy_result, row.policy_result))
    if row.policy_type:
        result = _("%(result)s (%(when)s)") % {
            "result": result,
            "when": TYPES.get(row.policy_type, row.policy_type),
        }
    if row.policy_shadow_mode == SHADOW_MODE:
        return _("%(result)s, in shadow mode: it had no effect") % {"result": result}
    return result


def end_text(row: Connection) -> str:
    """Why a policy ended the connection, or would have; empty where it didn't."""
    if is_cut_by_policy(row):
        return with_note(_("The authorization policy ended it"), failed_devices_text(row))
    if row.policy_result in REFUSED and row.policy_shadow_mode == SHADOW_MODE:
        return _("The authorization policy would have refused it (shadow mode)")
    return ""


def device_texts(row: Connection) -> list[str]:
    """What each provider of device tokens said."""
    return [
        _("%(provider)s: %(outcome)s")
        % {
            "provider": provider,
            "outcome": token_reason_text(reason) if reason else str(STATUSES.get(status, status)),
        }
        for provider, status, reason in parse_devices(row.policy_devices)
    ]


def failed_devices_text(row: Connection) -> str:
    """Of the device checks only those that failed; empty: none."""
    return join_words(
        token_reason_text(reason)
        for _provider, _status, reason in parse_devices(row.policy_devices)
        if reason
    )
