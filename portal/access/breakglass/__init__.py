"""A one-time way in for a named admin while the identity provider is down."""
