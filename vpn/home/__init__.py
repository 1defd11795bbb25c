"""What a person sees first: am I through the VPN, my profiles, what is broken."""
