"""Why one person can't use the VPN: ten layers, tested from the outside in, each a small rule on stored facts."""
