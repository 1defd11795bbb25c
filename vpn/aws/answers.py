"""AWS's answers to changes, as frozen values. They are empty after a dry run that AWS would permit."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Accepted:
    """``status``: of the changed resource (``creating``, …); ``id``: of the created one, or empty."""

    status: str = ""
    message: str = ""
    id: str = ""


@dataclass(frozen=True)
class Terminated:
    """A connection that TerminateClientVpnConnections ended: its status before the call, and after it."""

    connection_id: str
    before: str
    now: str


@dataclass(frozen=True)
class RevocationList:
    """``text`` is PEM; ``status`` is pending or active."""

    text: str = ""
    status: str = ""


@dataclass(frozen=True)
class AuthorizationPolicy:
    """``document`` is Cedar, at most 10,000 bytes; ``shadow_mode``: evaluated and logged, but not enforced."""

    document: str = ""
    description: str = ""
    shadow_mode: bool = False
    status: str = ""
