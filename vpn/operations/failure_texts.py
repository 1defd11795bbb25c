"""Texts for the error ids of operations. Those of AWS's errors are in vpn/endpoints/reasons.py."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vpn.endpoints.reasons import ERRORS

FAILURE_TEXTS: Final[dict[str, Promise]] = {
    "operation-step-failed": _("AWS took the request, but could not carry it out."),
    "operation-association-failed": _("AWS could not associate the subnet."),
    "operation-deadline": _(
        "It took too long, and the portal stopped waiting. AWS may still finish it: look at the endpoint first."
    ),
    "operation-missed": _(
        "Its time came while another operation was in the way or nothing ran, and it is over."
    ),
    "operation-stale": _(
        "The endpoint's settings had changed since it was confirmed, so it did not begin. Look at its plan anew."
    ),
    "operation-partners-not-told": _(
        "Not all partners who permit its fixed IP addresses had acknowledged that these go, or the announced time is "
        "still ahead, so it did not begin. Look at its plan anew."
    ),
    "operation-not-as-planned": _(
        "AWS has other settings than the plan said: somebody has changed them since. So this step changed nothing. "
        "Look at the plan anew."
    ),
    "operation-rejected": _("It was rejected."),
    "operation-not-approved": _(
        "No second administrator decided on it in time: within 7 days, and before it was to begin."
    ),
    "operation-cancelled": _("It was cancelled. Steps that are done stay done."),
    "operation-account-unknown": _("The endpoint's AWS account is no longer configured."),
    "operation-still-connected": _(
        "People were still connected when the time was over. Nothing was changed."
    ),
    "operation-connected-again": _(
        "They are connected again. Only the identity provider can refuse them: take their sign-in away there, and "
        "block them once more."
    ),
    "operation-terminate-incomplete": _(
        "Not everything could be done: see which endpoint. They may still be connected there."
    ),
    "operation-block-incomplete": _(
        "Not everything could be done: see which step. Whoever is not refused there can connect again."
    ),
    "operation-unblock-incomplete": _(
        "Not everything could be done: see which step. They may still be refused there."
    ),
    "operation-no-policy": _("It has no authorization policy that could forbid anybody."),
    "operation-policy-unread": _(
        "AWS didn't show whether it has an authorization policy, so nobody is forbidden there."
    ),
    "operation-policy-full": _("Its authorization policy has no room for another statement (10,000 bytes)."),
    "operation-prefix-list-full": _(
        "The prefix list has no room for all entries. Have its largest number of entries raised in AWS, and try again."
    ),
    "operation-prefix-list-empty": _(
        "The endpoint's list has no IPv4 address to permit at present. Nothing was changed: an empty prefix list would "
        "lock everybody out."
    ),
    "operation-prefix-list-unclear": _(
        "AWS has several prefix lists of this name, or none any more. Nothing was changed."
    ),
    "operation-no-revocation-list": _("AWS has no revocation list for this endpoint."),
    "operation-kind-unknown": _("This version of the portal can't carry out this kind of operation."),
    "operation-other-version": _(
        "Another version of the portal began it, and this one would go on otherwise. Steps that are done stay done: "
        "look at them, and ask for the rest anew."
    ),
}


def failure_text(error_id: str) -> Promise:
    """The text of a portal's or AWS's error id; a general one for an id that neither table has."""
    return FAILURE_TEXTS.get(error_id) or ERRORS.get(error_id) or ERRORS["aws-failed"]
