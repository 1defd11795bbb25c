"""Queues of SQS, into which EventBridge delivers."""

from moto.sqs.exceptions import QueueDoesNotExist
from moto.sqs.models import sqs_backends

from sandbox.aws.errors import AwsError


def send_to_queue(account: str, region: str, queue: str, body: str) -> None:
    """As a rule's target would get it. Raises AwsError if there is no such queue."""
    try:
        sqs_backends[account][region].send_message(queue, body)
    except QueueDoesNotExist as error:
        raise AwsError("QueueDoesNotExist", f"The queue {queue} does not exist") from error
