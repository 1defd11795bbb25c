"""What the VPN costs in a month: subnets, connections, whose they are, and what pausing an endpoint saved."""
