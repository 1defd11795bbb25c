"""Connections: who is on the VPN now."""
