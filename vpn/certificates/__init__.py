"""Dates of the certificates that connecting and signing in rest on: what AWS has of them, and the portal's own."""
