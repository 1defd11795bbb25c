"""`/status/`: whether the VPN works, for everybody who is signed in."""
