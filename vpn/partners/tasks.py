"""Tasks of the schedule."""

from celery import shared_task
from django.utils import timezone

from vpn.partners import services


@shared_task
def publish() -> None:
    services.publish(timezone.now())


@shared_task
def tell_partners() -> None:
    services.tell_of_events(timezone.now())
