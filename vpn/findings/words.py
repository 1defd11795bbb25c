"""Findings in words: for each kind why it matters and what to do, and for each finding what is so."""

from dataclasses import dataclass
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from vpn.findings.models import FindingKind


@dataclass(frozen=True)
class FindingExplanation:
    """``rests_on``: what it is concluded from, and where it may be wrong."""

    tone: str
    why: Promise
    do: Promise
    rests_on: Promise


EXPLANATIONS: Final[dict[FindingKind, FindingExplanation]] = {
    FindingKind.TWO_PLACES: FindingExplanation(
        "warn",
        _("Nobody is in two places. Somebody else may be using this account."),
        _(
            "Ask the person which of the two connections is theirs. If one isn't, have the account's sessions ended"
            " and its password and second factor renewed, and disconnect it."
        ),
        _(
            "Connections that overlap by 5 minutes or more, from source IPs in different /16 networks (IPv6: /32),"
            " neither of which is an office network. A telephone on a mobile network beside a computer at home looks"
            " the same. Addresses are not looked up anywhere."
        ),
    ),
    FindingKind.SHARED_DEVICE: FindingExplanation(
        "info",
        _("Who shares a device shares what is stored on it, and the log can't say who was there."),
        _(
            "Ask the people. If they share a computer, give each their own account on it, or their own computer."
        ),
        _(
            "The log names no device: the same source IP and the same kind of device, by two to four people, never at"
            " the same time, within three days. Two people of one household with a computer each look the same."
            " Office networks are left out."
        ),
    ),
    FindingKind.FAILURES_RISING: FindingExplanation(
        "warn",
        _("Something has changed: at the identity provider, at the endpoint, or somebody is trying names."),
        _(
            "Open the failures and look at their reason and whom they concern; the reason says what to do next."
        ),
        _(
            "The last 24 hours of an endpoint against the mean of the same 24 hours of up to four weeks before:"
            " at least 20 failures, and at least twice as many."
        ),
    ),
    FindingKind.NO_ACCESS: FindingExplanation(
        "warn",
        _(
            "Who has left a group should no longer get in. The identity provider or the endpoint still lets them."
        ),
        _(
            "Compare the person's groups in the directory with the endpoint's authorization rules. If they must not"
            " connect, take the assignment away and disconnect them; if they may, have them sign in to the portal"
            " again."
        ),
        _(
            "The groups of the person's last sign-in to the portal, the endpoint's authorization rules as of its last"
            " snapshot, and connections on later days, of the last 7 days. Groups that changed after that sign-in are"
            " not known to the portal."
        ),
    ),
    FindingKind.NEVER_SIGNED_IN: FindingExplanation(
        "info",
        _("The portal doesn't know these people: neither their groups nor their names."),
        _(
            "Check in the directory that the account belongs to somebody. Signing in to the portal once settles it."
        ),
        _(
            "Connections of the last 7 days to endpoints where people sign in by SAML, whose user name no one has"
            " signed in to the portal with, whatever its case."
        ),
    ),
    FindingKind.NOT_SEEN: FindingExplanation(
        "info",
        _("Access that nobody uses is access that nobody would miss, except an intruder."),
        _(
            "Ask the person or their superior whether it is still needed, and take them out of the group if not."
        ),
        _(
            "Active users with a role whose groups, as of their last sign-in to the portal, an authorization rule lets"
            " in, and of whom the log has no connection for 90 days. Not judged while the log doesn't reach back"
            " 90 days."
        ),
    ),
    FindingKind.LOGGING_OFF: FindingExplanation(
        "out",
        _("Nobody will be able to say who used this endpoint: what isn't logged can't be found out later."),
        _("Switch connection logging on at the endpoint, with a CloudWatch Logs log group."),
        _("The endpoint's last snapshot."),
    ),
    FindingKind.LOG_BEHIND: FindingExplanation(
        "out",
        _("Searches, summaries and findings miss what happened since then."),
        _(
            "See that the worker runs and that the portal's role may read the log group. Nothing is lost: reading goes"
            " on where it stopped."
        ),
        _("The log group of a visible endpoint was not read to its end for 15 minutes."),
    ),
    FindingKind.UNREADABLE_RISING: FindingExplanation(
        "warn",
        _("AWS may have changed the log's format, or something else writes into the log group."),
        _("The lines are kept as they are. Report a sample to those who maintain the portal."),
        _(
            "Lines of the last 24 hours that could not be read, or only in part, against the daily mean of the seven"
            " days before: at least 10, and at least twice as many."
        ),
    ),
}
