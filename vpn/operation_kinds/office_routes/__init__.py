"""The way to the office network: its routes and authorization rules together."""
