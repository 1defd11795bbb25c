"""Moto's WSGI application with everything in it that the other modules mend."""

import os
from functools import cache
from typing import Any

from moto import backends
from moto.core import responses as core_responses
from moto.core.utils import method_names_from_class
from moto.iam.models import get_account_id_from
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app

from sandbox.aws.moto_adapter import (
    client_vpn,
    cloudtrail,
    cloudwatch,
    iam,
    logs_insights,
    network,
    prefix_lists,
    site_to_site,
)

# Nobody needs machine images here, and making a region's thousand takes longer than all the rest of it.
os.environ["MOTO_EC2_LOAD_DEFAULT_AMIS"] = "false"


class QuietMotoRequestHandler(MotoRequestHandler):
    """No line per request: what came in is at /sandbox/calls."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


@cache
def application() -> Any:
    """Moto's WSGI application with Client VPN in it; its state is one per process."""
    for owner, name, replacement in (
        *_faster(),
        *client_vpn.replacements(),
        *iam.replacements(),
        *network.replacements(),
        *prefix_lists.replacements(),
        *site_to_site.replacements(),
        *logs_insights.replacements(),
        *cloudtrail.replacements(),
        *cloudwatch.replacements(),
    ):
        setattr(owner, name, replacement)
    client_vpn.name_resource_types()
    return DomainDispatcherApplication(_backend_app)


def _faster() -> list[tuple[Any, str, Any]]:
    """What never changes while a server runs; moto finds it out in each call, which is half its time."""
    modules = tuple(backends.list_of_moto_modules())
    return [
        (backends, "list_of_moto_modules", lambda: modules),
        (core_responses, "method_names_from_class", cache(method_names_from_class)),
    ]


def _backend_app(service: Any) -> Any:
    """Moto's Flask app of one service, answering 500 to what it doesn't know instead of raising it."""
    app = create_backend_app(service)
    app.debug = False
    return app


def account_for_key(access_key: str) -> str:
    return str(get_account_id_from(access_key))


def reset() -> None:
    moto_api_backend.reset()


def seed_random(number: int) -> None:
    """Moto's ids from here on are the same in every run."""
    mock_random.seed(number)
