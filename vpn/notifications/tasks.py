"""Tasks of the schedule: each delivery that is due is sent by a task of its own."""

from celery import shared_task
from django.utils import timezone

from vpn.notifications import services


@shared_task(soft_time_limit=30, time_limit=45)
def send_due() -> None:
    for pk in services.due_deliveries(timezone.now()):
        send.apply_async(args=(pk,), expires=60)


@shared_task
def delete_old() -> None:
    services.delete_old(timezone.now())


@shared_task(soft_time_limit=60, time_limit=75)
def send(pk: int) -> None:
    services.deliver(pk)
