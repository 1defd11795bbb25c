"""Putting the pages of the status copy into a bucket.

IAM, on the bucket's objects: s3:PutObject.
"""

from dataclasses import dataclass
from typing import Protocol

from vpn.aws.errors import translated


class BucketClient(Protocol):
    """What is used of boto3's S3 client."""

    def put_object(self, **request: str | bytes) -> object: ...


@dataclass(frozen=True)
class BucketObject:
    """``cache_control``: as S3 is to send it with the object."""

    key: str
    body: bytes
    content_type: str
    cache_control: str


def put(client: BucketClient, *, bucket: str, item: BucketObject) -> None:
    """S3 PutObject: replaces what has this key at once and as a whole (S3 user guide, data consistency).

    Raises AwsError.
    """
    with translated():
        client.put_object(
            Bucket=bucket,
            Key=item.key,
            Body=item.body,
            ContentType=item.content_type,
            CacheControl=item.cache_control,
        )
