"""Every model of the app; each lives in its slice."""

from vpn.connections.models import (
    Connection,
    ConnectionEvent,
    ConnectionTally,
    ConnectionUser,
    FailureTally,
    LogSource,
    UnreadableLine,
)
from vpn.egress.models import EgressCheck
from vpn.endpoints.models import AwsAccount, Endpoint, LiveConnection, SiteToSiteVpn
from vpn.onboarding.models import Onboarding
from vpn.profiles.models import ProfileDownload

__all__ = [
    "AwsAccount",
    "Connection",
    "ConnectionEvent",
    "ConnectionTally",
    "ConnectionUser",
    "EgressCheck",
    "Endpoint",
    "FailureTally",
    "LiveConnection",
    "LogSource",
    "Onboarding",
    "ProfileDownload",
    "SiteToSiteVpn",
    "UnreadableLine",
]
