"""Handing out a profile: what AWS exported, byte for byte, and a record of who downloaded which version."""

from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit import targets
from portal.audit.services import record
from portal.audit.tags import Tag
from vpn.profiles.models import ProfileDownload
from vpn.profiles.queries import Profile


@dataclass(frozen=True)
class ProfileFile:
    filename: str
    content: bytes


@transaction.atomic
def download(profile: Profile, *, actor: User, origin: RequestOrigin) -> ProfileFile:
    """Record the download and return the file. Needs PostgreSQL only: AWS, Redis and the worker may be down."""
    endpoint = profile.endpoint
    ProfileDownload.objects.create(
        user=actor,
        endpoint=endpoint,
        configuration_hash=endpoint.configuration_hash,
        downloaded_at=timezone.now(),
        address=str(origin.address) if origin.address else None,
    )
    # Last, since it holds the lock of the audit chain until the transaction ends.
    record(
        Tag.PROFILE_DOWNLOADED,
        actor=actor,
        target=targets.endpoint(endpoint.endpoint_id),
        address=origin.address,
        reference=origin.reference,
        details={"label": endpoint.label, "sha256": endpoint.configuration_hash},
    )
    return ProfileFile(profile.filename, endpoint.configuration.encode())
