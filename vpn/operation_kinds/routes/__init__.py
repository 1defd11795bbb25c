"""Routes of an endpoint: create and delete."""
