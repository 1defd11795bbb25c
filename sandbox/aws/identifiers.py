"""Ids in AWS's form, and AWS's two ways to write a time."""

import hashlib
import secrets
from datetime import UTC, datetime


def new_id(prefix: str, *scope: str) -> str:
    """``prefix`` and 17 hex digits; the same for the same scope: a re-seeded sandbox keeps its ids."""
    if not scope:
        return f"{prefix}-{secrets.token_hex(9)[:17]}"
    return f"{prefix}-{hashlib.sha256('/'.join((prefix, *scope)).encode()).hexdigest()[:17]}"


def creation_time(moment: float) -> str:
    """An endpoint's CreationTime: ``2020-11-13T11:37:27``, without a zone."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def connection_time(moment: float) -> str:
    """A connection's times: ``2019-08-12 07:58:34``, without a zone."""
    return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%d %H:%M:%S")
