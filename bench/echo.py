"""A Celery task that does nothing but say that it ran."""

from celery import shared_task
from django.conf import settings
from redis import Redis


@shared_task
def echo(key: str) -> None:
    with Redis.from_url(settings.REDIS_URL) as answers:
        answers.rpush(key, "here")
