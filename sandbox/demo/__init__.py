"""``make demo``: everything on one machine, with one command."""
