"""Expectations about who reaches what."""
