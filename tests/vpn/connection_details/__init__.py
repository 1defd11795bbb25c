"""One connection."""
