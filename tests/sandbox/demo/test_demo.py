"""The portal of `make demo`. tests/browser/test_first_day.py starts the whole of it."""

import subprocess
import sys

from sandbox.demo.environment import Addresses, portal_environment
from tests.browser.running_demo import PROJECT


def test_the_portal_runs_as_in_production_but_in_the_sandbox() -> None:
    addresses = Addresses(
        port=8000,
        identity_provider="http://localhost:8001",
        aws="http://127.0.0.1:8002",
        portal="127.0.0.1:9000",
        database="postgresql://genkan:secret@127.0.0.1:5432/genkan",
        queue="redis://:secret@127.0.0.1:6379/0",
    )
    variables = portal_environment(addresses, secret_key="x" * 50)
    assert (variables["DEBUG"], variables["SANDBOX"]) == ("false", "true")
    assert variables["SITE_URL"] == "http://localhost:8000"
    done = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=PROJECT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
