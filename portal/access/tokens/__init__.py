"""API tokens: made on `/tokens/`, checked by `guard.py`; and what every view of the API needs beside them."""
