"""Carries operations out: claims a row, runs its steps, records each change of status, tells people."""
