"""Taking messages from a queue.

IAM, on the queue: sqs:ReceiveMessage, DeleteMessage.
"""

from typing import TYPE_CHECKING, Final

from vpn.aws import snapshots
from vpn.aws.errors import translated

if TYPE_CHECKING:
    from vpn.aws.session import SQSClient

# The most that SQS hands out in one call
BATCH: Final = 10
# What a worker that died in between didn't store comes back after as long.
INVISIBLE_SECONDS: Final = 120


def receive(client: "SQSClient", *, url: str) -> list[snapshots.QueueMessage]:
    """SQS ReceiveMessage: up to ten messages, without waiting for any. Raises AwsError."""
    with translated():
        answer = client.receive_message(
            QueueUrl=url, MaxNumberOfMessages=BATCH, VisibilityTimeout=INVISIBLE_SECONDS
        )
        return [
            snapshots.QueueMessage(raw["MessageId"], raw["ReceiptHandle"], raw.get("Body", ""))
            for raw in answer.get("Messages", ())
        ]


def delete(client: "SQSClient", *, url: str, receipt: str) -> None:
    """SQS DeleteMessage. Raises AwsError."""
    with translated():
        client.delete_message(QueueUrl=url, ReceiptHandle=receipt)
