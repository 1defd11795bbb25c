"""Why somebody can't reach an address: by an endpoint's rules and routes, and the groups that the person is in."""
