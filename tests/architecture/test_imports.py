"""Who may import whom."""

import ast
import sys
from collections.abc import Iterator
from functools import cache
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
# portal is the shell and knows the product only where it is mounted and scheduled
MOUNTS = {"portal/urls.py", "portal/celery.py", "portal/schedule.py"}
# What leaves for the internet goes through portal.outbound, whoever sends it.
VPN_MAY_IMPORT = (
    "portal.access",
    "portal.addresses",
    "portal.audit",
    "portal.contact",
    "portal.downloads",
    "portal.locks",
    "portal.outbound",
    "portal.paging",
    "portal.forms",
    "portal.rates",
    "portal.tasks",
    "portal.spreadsheets",
    "portal.text",
)
AWS_LIBRARIES = (
    "boto3",
    "botocore",
    "mypy_boto3_cloudtrail",
    "mypy_boto3_dynamodb",
    "mypy_boto3_ec2",
    "mypy_boto3_sts",
    "mypy_boto3_logs",
)


@cache
def imports(folder: str) -> list[tuple[str, ast.Import | ast.ImportFrom]]:
    """Each module's path and its imports, also those inside functions."""
    modules_found = []
    for path in sorted((ROOT / folder).rglob("*.py")):
        where = path.relative_to(ROOT).as_posix()
        nodes = ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        modules_found += [(where, node) for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)]
    return modules_found


def modules(*folders: str) -> Iterator[tuple[str, str]]:
    """Each module's path and each name that it imports."""
    for where, node in chain.from_iterable(map(imports, folders)):
        if isinstance(node, ast.Import):
            yield from ((where, alias.name) for alias in node.names)
        else:
            assert node.level == 0, f"{where}: relative import"
            yield where, node.module or ""


def within(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(f"{package}.") for package in packages)


def test_the_shell_knows_the_product_only_where_it_mounts_it() -> None:
    wrong = [
        (where, name) for where, name in modules("portal") if within(name, "vpn") and where not in MOUNTS
    ]
    assert wrong == []


def test_the_product_uses_people_audit_and_outbound_of_the_shell_and_nothing_else() -> None:
    modules_found = [(where, name) for where, name in modules("vpn") if within(name, "portal")]
    assert modules_found
    assert [pair for pair in modules_found if not within(pair[1], *VPN_MAY_IMPORT)] == []


def test_only_the_door_to_aws_imports_boto3() -> None:
    modules_found = [
        (where, name) for where, name in modules("portal", "vpn") if within(name, *AWS_LIBRARIES)
    ]
    assert modules_found
    assert [pair for pair in modules_found if not pair[0].startswith("vpn/aws/")] == []


def test_the_product_does_not_know_the_sandbox() -> None:
    assert [pair for pair in modules("portal", "vpn") if within(pair[1], "sandbox", "tests", "moto")] == []


def test_motos_internals_are_touched_in_one_package() -> None:
    users = {where for where, name in modules("sandbox") if within(name, "moto")}
    assert {where for where in users if not where.startswith("sandbox/aws/moto_adapter/")} == set()


def test_the_sandbox_aws_stands_alone() -> None:
    """What requirements-emulator.txt installs, and nothing of the portal or of the rest of the sandbox."""
    own = ("sandbox.aws", "sandbox.company")
    installed = ("boto3", "botocore", "cedarpy", "cfnlint", "cryptography", "moto", "werkzeug", "yaml")
    used = {name for where, name in modules("sandbox") if where.startswith("sandbox/aws/")}
    assert used
    others = {name for name in used if not within(name, *own, *installed)}
    assert {name for name in others if name.partition(".")[0] not in sys.stdlib_module_names} == set()


def test_only_access_and_outbound_speak_http_by_themselves() -> None:
    clients = ("http.client", "urllib.request", "requests", "urllib3", "httpx", "socket")
    modules_found = {where for where, name in modules("portal", "vpn") if within(name, *clients)}
    assert modules_found == {"portal/outbound.py"}


@pytest.mark.parametrize("folder", ["portal", "vpn", "sandbox"])
def test_no_name_that_starts_with_an_underscore_crosses_a_module(folder: str) -> None:
    wrong = []
    for where, node in imports(folder):
        if isinstance(node, ast.ImportFrom) and within(node.module or "", "portal", "vpn", "sandbox"):
            wrong += [(where, alias.name) for alias in node.names if alias.name.startswith("_")]
    assert wrong == []
