"""The portal's environment in the demo: settings of a production, at addresses of the sandbox."""

import json
import os
from dataclasses import dataclass
from ipaddress import ip_network

from sandbox import company
from sandbox.aws.seed import ACCESS_KEY, DENY_LIST, SECRET_KEY
from sandbox.aws.seed_vpn import seeded_endpoint_id

# What a program needs of its surroundings; nothing else of the caller's environment changes the demo.
PASSED_ON = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "TERM")
# Often, so that people see what they changed; the network page names this number too.
SNAPSHOT_SECONDS = 10


@dataclass(frozen=True)
class Addresses:
    """Where everything is; ``port`` is the browser's, ``portal`` gunicorn's host and port."""

    port: int
    identity_provider: str
    aws: str
    portal: str
    database: str
    queue: str

    @property
    def site(self) -> str:
        return f"http://localhost:{self.port}"


def portal_environment(addresses: Addresses, *, secret_key: str) -> dict[str, str]:
    return {
        **sandbox_environment(),
        "DJANGO_SETTINGS_MODULE": "portal.settings",
        "SECRET_KEY": secret_key,
        "DEBUG": "false",
        "SITE_URL": addresses.site,
        "ALLOWED_HOSTS": "localhost,v4.localhost,v6.localhost",
        "EGRESS_IPV4_URL": f"http://v4.localhost:{addresses.port}",
        "EGRESS_IPV6_URL": f"http://v6.localhost:{addresses.port}",
        "TRUSTED_PROXIES": "127.0.0.1/32,::1/128",
        "DATABASE_URL": addresses.database,
        "REDIS_URL": addresses.queue,
        "LANGUAGE_CODE": "ja",
        "TIME_ZONE": "Asia/Tokyo",
        "HELPDESK_CONTACT": "ヘルプデスク 内線 4500",
        "HELPDESK_CONTACT_EN": "Helpdesk, extension 4500",
        "HELPDESK_URL": "tel:4500",
        "SNAPSHOT_SECONDS": str(SNAPSHOT_SECONDS),
        **_sign_in(addresses),
        **_aws(addresses),
    }


def sandbox_environment() -> dict[str, str]:
    """Of the sandbox's own programs."""
    passed_on = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    return {**passed_on, "SANDBOX": "true", "PYTHONUNBUFFERED": "1"}


def _sign_in(addresses: Addresses) -> dict[str, str]:
    return {
        "SAML_IDP_METADATA": f"{addresses.identity_provider}/metadata",
        "SAML_ATTRIBUTE_EMAIL": "email",
        "SAML_ATTRIBUTE_NAME": "name",
        "SAML_ATTRIBUTE_GROUPS": "memberOf",
        "ROLE_EMPLOYEE_GROUPS": company.EMPLOYEES.id,
        "ROLE_HELPDESK_GROUPS": company.HELPDESK.id,
        "ROLE_AUDITOR_GROUPS": company.AUDITORS.id,
        "ROLE_ADMIN_GROUPS": company.ADMINS.id,
    }


def _aws(addresses: Addresses) -> dict[str, str]:
    role = f"arn:aws:iam::{company.OSAKA.account}:role/{company.PORTAL_ROLE_NAME}"
    accounts = [
        {"name": "tokyo", "region": company.TOKYO.region},
        {
            "name": "osaka",
            "region": company.OSAKA.region,
            "role_arn": role,
            "external_id": company.EXTERNAL_ID,
        },
    ]
    return {
        "AWS_REGION": company.TOKYO.region,
        "AWS_ENDPOINT_URL": addresses.aws,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_EC2_METADATA_DISABLED": "true",
        "VPN_ACCOUNTS": json.dumps(accounts),
        "IDENTITY_STORE": json.dumps({"id": company.IDENTITY_STORE_ID, "region": company.TOKYO.region}),
        "AWS_HEALTH_QUEUE": json.dumps(
            {"url": f"{addresses.aws}/{company.TOKYO.account}/{company.HEALTH_QUEUE}"}
        ),
        "STATUS_COPY": json.dumps({"bucket": company.STATUS_BUCKET}),
        "VPN_DENY_LIST_TABLE": json.dumps({"tokyo": DENY_LIST}),
        # Behind the transit gateway is the network team's egress VPC, which nobody here can look into.
        "VPN_DECLARED_EGRESS": json.dumps({seeded_endpoint_id(company.HUB): [company.HUB.egress_ip]}),
        "OFFICE_NETWORKS": json.dumps({"本社": [str(ip_network(company.OFFICE_NETWORK))]}),
        "OFFICE_NAMES_EN": json.dumps({"本社": "Head office"}),
    }
