"""Every model of the app; each lives in its slice."""

from vpn.endpoints.models import AwsAccount, Endpoint, LiveConnection, SiteToSiteVpn
from vpn.onboarding.models import Onboarding
from vpn.profiles.models import ProfileDownload

__all__ = ["AwsAccount", "Endpoint", "LiveConnection", "Onboarding", "ProfileDownload", "SiteToSiteVpn"]
