"""A reverse proxy that stands in for the internet: the browser arrives from the network that a person chose."""
