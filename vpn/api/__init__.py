"""Mounts the API below `/api/`: its routers are in the `api.py` of each feature. Scripts use it with a token."""
