"""Whole endpoints: copy, delete, take snapshots anew."""
