"""The diagnosis of one person."""
