"""Signing in and out, whichever way people come in: the pages, where they may lead, and the audit record."""
