"""Log queries: searches in CloudWatch Logs itself (Logs Insights), for what the portal doesn't keep."""
