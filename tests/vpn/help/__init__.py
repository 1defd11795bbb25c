"""The person's own side: `/help/`."""
