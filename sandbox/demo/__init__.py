"""``make demo``: starts the portal and everything that it talks to on one machine, and stops it on Ctrl-C."""
