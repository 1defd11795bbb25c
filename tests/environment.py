"""What a test run stands on: environment variables, PostgreSQL, Valkey, and no way out.

Loaded by ``-p tests.environment``, before Django reads its settings. DATABASE_URL and REDIS_URL, where given,
are used instead of a throwaway PostgreSQL and Valkey. ``python -m tests.environment COMMAND`` runs something
else in it, such as mypy, whose plugin reads the settings too.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sandbox import company
from sandbox.demo.translations import compile_all
from sandbox.services.postgresql import PostgreSQL
from sandbox.services.valkey import Valkey
from tests.loopback import only_loopback

LOCALE = Path(__file__).resolve().parent.parent / "locale"
# Nothing listens on port 9: a test that needs AWS or the identity provider starts its own.
NOWHERE = "http://127.0.0.1:9"

VARIABLES = {
    "DJANGO_SETTINGS_MODULE": "portal.settings",
    "SECRET_KEY": "tests-only-secret-key-that-is-long-enough-for-djangos-own-checks-0123456789",
    "DEBUG": "false",
    "SANDBOX": "true",
    "SITE_URL": "https://vpn.example.com",
    "ALLOWED_HOSTS": "vpn.example.com,testserver,localhost,127.0.0.1",
    "TRUSTED_PROXIES": "127.0.0.1/32,::1/128",
    "LANGUAGE_CODE": "ja",
    "TIME_ZONE": "Asia/Tokyo",
    "HELPDESK_CONTACT": "ヘルプデスク 内線 4500",
    "HELPDESK_CONTACT_EN": "Helpdesk, extension 4500",
    "HELPDESK_URL": "tel:4500",
    "SAML_IDP_METADATA": f"{NOWHERE}/metadata",
    "SAML_ATTRIBUTE_EMAIL": "email",
    "SAML_ATTRIBUTE_NAME": "name",
    "SAML_ATTRIBUTE_GROUPS": "memberOf",
    "ROLE_EMPLOYEE_GROUPS": company.EMPLOYEES.id,
    "ROLE_HELPDESK_GROUPS": company.HELPDESK.id,
    "ROLE_AUDITOR_GROUPS": company.AUDITORS.id,
    "ROLE_ADMIN_GROUPS": company.ADMINS.id,
    "AWS_REGION": company.TOKYO.region,
    "AWS_ENDPOINT_URL": NOWHERE,
    "AWS_ACCESS_KEY_ID": "AKIASANDBOXSANDBOX00",
    "AWS_SECRET_ACCESS_KEY": "sandbox",
    "AWS_EC2_METADATA_DISABLED": "true",
    "VPN_ACCOUNTS": (
        '[{"name": "tokyo", "region": "ap-northeast-1"}, {"name": "osaka", "region": "ap-northeast-3",'
        ' "role_arn": "arn:aws:iam::210987654321:role/genkan-portal", "external_id": "genkan-sandbox"}]'
    ),
    "OFFICE_NETWORKS": '{"本社": ["192.0.2.0/28"]}',
    "OFFICE_NAMES_EN": '{"本社": "Head office"}',
    "SNAPSHOT_SECONDS": "60",
}
# The portal's other variables, which keep their defaults.
UNSET = (
    "SAML_SP_ENTITY_ID",
    "SAML_WANT_RESPONSE_SIGNED",
    "SAML_ALLOW_IDP_INITIATED",
    "OUTBOUND_ALLOW_PRIVATE",
    "SESSION_HOURS",
    "LOG_RETENTION_DAYS",
    "SEARCH_SECONDS",
    "LOG_REQUESTS_PER_SECOND",
    "VPN_ENDPOINT_TAG",
    "VPN_DENY_LIST_TABLE",
    "VPN_POLICY_FORBID_WHEN",
    "OPERATION_MAX_PEOPLE",
    "OPERATION_PRICES",
    "EGRESS_IPV4_URL",
    "EGRESS_IPV6_URL",
    "METRICS_TOKEN",
    "OPERATIONS_REQUIRE_APPROVAL",
    "NOTIFY_WEBHOOK_URL",
    "NOTIFY_EMAILS",
    "EMAIL_URL",
    "EMAIL_FROM",
    "API_TOKEN_SIGN_IN_DAYS",
    "LOG_QUERY_PRICE",
    "ALLOWLIST_PUBLIC",
)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """As a wrapper it runs before pytest-django's own, which loads the settings."""
    # With it, tests/sandbox/aws/test_contract.py reads a real account with the caller's own credentials.
    with_real_aws = "AWS_CONTRACT_REGION" in os.environ
    with ExitStack() as stack:
        if not with_real_aws:
            stack.enter_context(only_loopback())
        _set_variables(with_real_aws=with_real_aws)
        _keep_bytecode()
        _start_services(stack)
        # Django keeps the first catalogue that it finds, even an empty one.
        compile_all(LOCALE)
        early_config.add_cleanup(stack.pop_all().close)
    return (yield)


def _set_variables(*, with_real_aws: bool) -> None:
    for name in [*VARIABLES, *UNSET, "DATABASE_URL", "REDIS_URL"]:
        os.environ.pop(f"{name}_FILE", None)
    for name in UNSET:
        os.environ.pop(name, None)
    os.environ.update({name: value for name, value in VARIABLES.items() if not name.startswith("AWS_")})
    if not with_real_aws:
        _set_aws_variables()


def _set_aws_variables() -> None:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        del os.environ[name]
    os.environ.update({name: value for name, value in VARIABLES.items() if name.startswith("AWS_")})


def _keep_bytecode() -> None:
    """Otherwise each process of the run, and each that a test starts, compiles our sources anew."""
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    sys.dont_write_bytecode = False


def _start_services(stack: ExitStack) -> None:
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = stack.enter_context(PostgreSQL(throwaway=True)).url
    if not os.environ.get("REDIS_URL"):
        os.environ["REDIS_URL"] = stack.enter_context(Valkey(throwaway=True)).url


if __name__ == "__main__":
    with ExitStack() as services:
        _set_variables(with_real_aws=False)
        _start_services(services)
        status = subprocess.run(sys.argv[1:], check=False).returncode
    sys.exit(status)
