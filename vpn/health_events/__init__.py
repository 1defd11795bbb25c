"""Trouble and planned changes that AWS Health reports, by way of EventBridge and a queue of SQS."""
