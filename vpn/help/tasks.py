"""Celery tasks of the support codes."""

from celery import shared_task

from vpn.help.codes import delete_expired_codes


@shared_task
def forget_expired_codes() -> int:
    """How many were deleted, with what had been shared by them."""
    return delete_expired_codes()
