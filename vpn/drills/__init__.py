"""`/status/drills/`: named people connect by the standby endpoint and pass the check; what came of it, and why not."""
