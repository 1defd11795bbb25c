"""What the client connect handler logged of each attempt: the client, the groups that the VPN saw, and the decision."""
