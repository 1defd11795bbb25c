"""Telling people outside the portal: a webhook and e-mail, each message recorded, and sent until it has arrived."""
