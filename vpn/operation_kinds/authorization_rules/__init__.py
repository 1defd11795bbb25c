"""Authorization rules of an endpoint: authorize and revoke."""
