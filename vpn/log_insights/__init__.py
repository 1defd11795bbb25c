"""Searches beyond what the portal keeps: CloudWatch Logs Insights reads AWS's own copy, in the background."""
