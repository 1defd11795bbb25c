"""Which IP address the internet sees, and whether it is ours."""
