"""What the client connect handler logged, in words."""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from portal.text import join_sentences, join_words, with_note
from vpn.client_versions.upgrades import platform_label
from vpn.connect_attempts.models import ConnectAttempt, HandlerDecision
from vpn.connect_attempts.queries import KnownClient
from vpn.directory.queries import GroupNames

# The reasons of infra/client-connect-handler
REASONS: Final[dict[str, Promise]] = {
    "not-on-deny-list": gettext_lazy("not on the deny list"),
    "on-deny-list": gettext_lazy("on the deny list"),
    "deny-list-unreadable": gettext_lazy("the deny list could not be read"),
    "nobody-to-look-up": gettext_lazy("AWS named nobody"),
}


def client_text(attempt: ConnectAttempt | None) -> str:
    """Such as "AWS VPN Client 6.0.3"; "Unknown" where no version was told."""
    if attempt is None or not attempt.client_version:
        return _("Unknown")
    return f"AWS VPN Client {attempt.client_version}"


def system_text(attempt: ConnectAttempt | None) -> str:
    """Such as "Windows (10.0)". AWS tells the version of Windows only; empty: not even the system is known."""
    if attempt is None:
        return ""
    name = platform_label(attempt.platform)
    return f"{name} ({attempt.platform_version})" if attempt.platform_version else name


def decision_text(attempt: ConnectAttempt) -> str:
    decision = HandlerDecision(attempt.decision).label
    reason = REASONS.get(attempt.reason, attempt.reason)
    return f"{decision}: {reason}" if reason else str(decision)


def upgrade_text(client: KnownClient) -> str:
    """Why it must be upgraded, and to what; empty if it needn't."""
    if client.upgrade is None:
        return ""
    sentences = [str(reason) for reason in client.upgrade.reasons]
    if version := client.upgrade.newest or client.upgrade.minimum:
        sentences.append(_("Install version %(version)s or newer.") % {"version": version})
    return join_sentences(*sentences)


def client_summary(client: KnownClient) -> str:
    """Such as "AWS VPN Client 6.0.3, Windows. AWS no longer supports this version. Install version 6.2.0 or newer."."""
    name = join_words(filter(None, [client_text(client.attempt), system_text(client.attempt)]))
    return with_note(name, upgrade_text(client)) if client.upgrade else name


def groups_text(attempt: ConnectAttempt, names: GroupNames) -> str:
    return ", ".join(names.label(group) for group in attempt.groups)
