"""From CloudWatch Logs into the database: what is read when, what it comes to, and how long it is kept."""
