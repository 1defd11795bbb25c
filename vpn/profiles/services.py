"""Handing out a profile: what AWS exported, byte for byte, and a record of who took which version."""

from dataclasses import dataclass
from typing import Final

from portal.access.models import User
from portal.access.requests import RequestOrigin
from portal.audit.services import AuditChange, record
from portal.audit.tags import Tag
from vpn.profiles.queries import Profile

# With the event's own moment and address; of vpn.profiles.models.ProfileDownload
TAKE: Final = """
INSERT INTO vpn_profiledownload (user_id, endpoint_id, configuration_hash, downloaded_at, address)
VALUES (%(user)s, %(endpoint)s, %(hash_taken)s, %(at)s, %(address)s::inet)
"""


@dataclass(frozen=True)
class Download:
    filename: str
    content: bytes


def download(profile: Profile, *, actor: User, origin: RequestOrigin) -> Download:
    """Needs our own database and nothing else: AWS, Redis and the worker may be down."""
    endpoint = profile.endpoint
    taken = {"user": actor.pk, "endpoint": endpoint.pk, "hash_taken": endpoint.configuration_hash}
    record(
        Tag.PROFILE_DOWNLOADED,
        actor=actor,
        target=endpoint.endpoint_id,
        address=origin.address,
        reference=origin.reference,
        details={"label": endpoint.label, "sha256": endpoint.configuration_hash},
        change=AuditChange(TAKE, taken),
    )
    return Download(profile.filename, endpoint.configuration.encode())
