import re
from pathlib import Path
from typing import Any

from sandbox.aws.control_api import URLS

PAGE = (Path(__file__).parents[3] / "docs" / "sandbox-aws.md").read_text()


def test_every_client_vpn_action_has_a_row(ec2: Any) -> None:
    documented = set(re.findall(r"^\| (\w*ClientVpn\w+) \|", PAGE, re.MULTILINE))
    assert documented == {name for name in ec2.meta.service_model.operation_names if "ClientVpn" in name}


def test_every_path_of_the_control_api_is_documented() -> None:
    paths = {re.sub(r"<[^>]+>", "<id>", rule.rule) for rule in URLS.iter_rules()}
    assert {path for path in paths if f"{path}`" not in PAGE} == set()
