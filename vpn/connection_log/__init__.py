"""The connection log: what AWS wrote about attempts and connections, and what its events say together."""
