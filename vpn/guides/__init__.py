"""How to set up the AWS VPN Client on each operating system: Markdown texts that anybody can edit (docs/guides.md)."""
