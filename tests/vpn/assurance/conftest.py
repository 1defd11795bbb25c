"""A company in order."""

import pytest
from django.conf import LazySettings

from sandbox import company
from tests.vpn.assurance.healthy import HealthyCompany
from vpn.egress.verdict import EgressResult


@pytest.fixture
def healthy(db: None, settings: LazySettings) -> HealthyCompany:
    settings.IDENTITY_STORE = {"id": company.IDENTITY_STORE_ID, "region": company.TOKYO.region}
    settings.VPN_SOURCES = [*settings.VPN_SOURCES, "tunnels"]
    everything = HealthyCompany()
    everything.checks(EgressResult.VPN, company.TOKYO.egress_ip, people=5)
    return everything
