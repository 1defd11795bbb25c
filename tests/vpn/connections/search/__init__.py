"""Finding connections."""
