"""People who connect to the sandbox's VPN: who they are, what they plan, and how it is played."""
