"""What CloudWatch counts of endpoints, NAT gateways and tunnels: a witness beside the connection log."""
