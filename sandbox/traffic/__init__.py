"""People who use the sandbox's VPN: who they are, which connections they plan, and the player of that plan."""
