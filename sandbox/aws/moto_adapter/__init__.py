"""The only package that knows moto's insides (pinned exactly: 5.2.5).

It hangs Client VPN's actions on moto's EC2, answers what Client VPN asks of the rest of the account, and
mends what moto leaves out around it: a module for each service.
"""

from sandbox.aws.moto_adapter.account_resources import MotoAccountResources, account_resources
from sandbox.aws.moto_adapter.application import (
    QuietMotoRequestHandler,
    account_for_key,
    application,
    reset,
    seed_random,
)
from sandbox.aws.moto_adapter.client_vpn import unfit_request
from sandbox.aws.moto_adapter.cloudtrail import make_key, principal_for_key, request_params
from sandbox.aws.moto_adapter.directory import set_directory
from sandbox.aws.moto_adapter.iam import authorize, enforce_iam
from sandbox.aws.moto_adapter.network import find_tunnels
from sandbox.aws.moto_adapter.prefix_lists import kept_prefix_lists, put_back_prefix_lists
from sandbox.aws.moto_adapter.query_protocol import query_response
from sandbox.aws.moto_adapter.queues import send_to_queue

__all__ = (
    "MotoAccountResources",
    "QuietMotoRequestHandler",
    "account_for_key",
    "account_resources",
    "application",
    "authorize",
    "enforce_iam",
    "find_tunnels",
    "kept_prefix_lists",
    "make_key",
    "principal_for_key",
    "put_back_prefix_lists",
    "query_response",
    "request_params",
    "reset",
    "seed_random",
    "send_to_queue",
    "set_directory",
    "unfit_request",
)
