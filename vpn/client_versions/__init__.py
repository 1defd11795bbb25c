"""Releases of AWS VPN Client: which of them are bad, what an endpoint needs at least, and who should upgrade."""
