"""Rendering the copy, and putting it into the bucket."""
