"""Requesting operations: form, plan, confirmation and approval, on pages, in the API and for the command."""
