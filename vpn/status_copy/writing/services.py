"""Writing the copy into its bucket."""

from django.utils import timezone

from vpn.aws import buckets
from vpn.aws.errors import AwsError
from vpn.aws.session import s3_client
from vpn.endpoints.recording import clear_failure, record_failure
from vpn.status_copy.bucket import configured_bucket
from vpn.status_copy.models import StatusCopy
from vpn.status_copy.writing.pages import status_copy


def publish() -> bool:
    """Write all pages; whether they were. Never raises AwsError: it is recorded at the copy."""
    configured = configured_bucket()
    if configured is None:
        return False
    bucket, account = configured
    now = timezone.now()
    row, _created = StatusCopy.objects.get_or_create(bucket=bucket[:63])
    items = status_copy(now)
    try:
        with s3_client(account) as client:
            for item in items:
                buckets.put(client, bucket=bucket, item=item)
    except AwsError as error:
        record_failure(row, error, now)
        return False
    row.seen_at = now
    clear_failure(row, now)
    row.save()
    return True
