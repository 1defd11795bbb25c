"""Telling those whom the settings name that a requirement fails, once, and that it holds again, once."""
