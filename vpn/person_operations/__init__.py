"""People: end their connections, block and unblock them."""
