"""A copy of `/status/` in a bucket that needs neither the VPN nor the office nor the portal, written each minute."""
