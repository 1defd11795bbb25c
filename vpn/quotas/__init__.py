"""AWS's quotas and prices: what AWS says that holds for an account, what a setting says, or the documented default."""
