"""Notifications by webhook and e-mail: each message is recorded, and sent again until it has arrived or has failed."""
