"""What was done in the portal: an append-only, hash-chained record."""
