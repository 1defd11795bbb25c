"""API tokens: how scripts prove for whom they ask. Made on `/tokens/`, checked by `guard.py`."""
