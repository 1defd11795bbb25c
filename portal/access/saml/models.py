"""What the SAML endpoint must remember between requests and processes."""

from django.db import models


class IdentityProviderMetadata(models.Model):
    """The last good copy of the identity provider's metadata, by where it came from."""

    source = models.CharField(max_length=2000, unique=True)
    document = models.TextField()
    fetched_at = models.DateTimeField()
    attempted_at = models.DateTimeField()
    error = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.source


class UsedAssertion(models.Model):
    """An assertion, or the answer to a request, that has been accepted: SHA-256 of its id (see used.py).

    Kept until no clock could take it for valid any more.
    """

    assertion_id = models.CharField(max_length=64, primary_key=True)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return self.assertion_id
