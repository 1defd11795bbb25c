"""`/metrics` for Prometheus, and what `/readyz` says about the connection log. All from our own database and Redis."""
