"""The client certificate revocation list: import and export."""
