"""How to set up the AWS VPN Client, for each operating system, in texts that anybody can edit (docs/guides.md)."""
