"""A reverse proxy in place of the internet: requests reach the portal from the network that a person has chosen."""
