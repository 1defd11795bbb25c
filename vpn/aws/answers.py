"""What AWS answers to a change, as frozen values. A dry run that AWS would permit leaves them empty."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Accepted:
    """``status`` is the state that the thing is in now (``creating``, …); ``id`` that of what was made."""

    status: str = ""
    message: str = ""
    id: str = ""


@dataclass(frozen=True)
class Terminated:
    """One connection: its state before the call, and now."""

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
