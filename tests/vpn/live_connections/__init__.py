"""Who is connected now."""
