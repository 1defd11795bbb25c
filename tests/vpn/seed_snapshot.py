"""The snapshot of the seed architecture, which is taken once and stored again for each test.

Every fresh AWS of a test process holds the same architecture with the same ids, so another snapshot would store the
same rows; it would take some thirty calls.
"""

from datetime import datetime
from typing import Final

from django.db.models import Model
from django.utils import timezone

from vpn.endpoints import services
from vpn.endpoints.models import (
    AwsAccount,
    EgressAddressPeriod,
    Endpoint,
    LiveConnection,
    SiteToSiteVpn,
)

# In the order in which they refer to each other; nobody is connected in the seed architecture.
STORED: Final[tuple[type[Model], ...]] = (AwsAccount, Endpoint, EgressAddressPeriod, SiteToSiteVpn)

# When the endpoint was made; all other moments are those of the look.
AWS_S_OWN: Final = frozenset({"created_at"})


class SeedSnapshot:
    """The rows that a first sync has stored."""

    def __init__(self) -> None:
        self._at = timezone.now()
        assert not any(result.failures for result in services.sync_all())
        assert not LiveConnection.objects.exists()
        self._rows = [list(model._default_manager.values()) for model in STORED]

    def store_again(self) -> None:
        """As if the snapshot had been taken now."""
        later = timezone.now() - self._at
        for model, rows in zip(STORED, self._rows, strict=True):
            model._default_manager.bulk_create(
                model(
                    **{
                        name: value + later
                        if isinstance(value, datetime) and name not in AWS_S_OWN
                        else value
                        for name, value in row.items()
                    }
                )
                for row in rows
            )
